"""PostgreSQL: libpq URLs as they are, connections that survive a restart, statements that end."""

from pathlib import Path
from urllib.parse import quote, urlsplit

import psycopg
import pytest
from sqlalchemy.exc import DBAPIError

from doorward.kit.unit_of_work import DatabaseUnavailable
from doorward.storage import Database, open_database
from doorward.storage.postgres import PostgresDatabase
from tests.builders import a_claim, given_a_code, given_a_plain_user, race


def scalar(statement: str):
    return lambda stores: stores.connection.exec_driver_sql(statement).scalar()


def test_a_socket_in_the_url_is_used_as_it_is(new_postgres_database):
    """`postgresql:///database?host=/folder` and the other spellings of libpq all open."""
    url = new_postgres_database()
    folder = urlsplit(url).query.removeprefix("host=")
    name = urlsplit(url).path.removeprefix("/")
    for spelling in (
        f"postgresql:///{name}?host={folder}&user=postgres",
        f"postgres://postgres@{quote(folder, safe='')}/{name}",
        f"postgresql:///?dbname={name}&host={folder}&user=postgres&application_name=mine&connect_timeout=3",
    ):
        database = open_database(spelling)
        assert name == database.read(scalar("SELECT current_database()"))
        database.close()


def test_a_connection_names_the_program_unless_the_url_does(new_postgres_database):
    url = new_postgres_database()
    for spelling, name in ((url, "doorward"), (f"{url}&application_name=mine", "mine")):
        database = open_database(spelling)
        assert name == database.read(scalar("SHOW application_name"))
        database.close()


def test_the_tables_live_in_their_own_schema(postgres_database: Database):
    found = postgres_database.read(
        lambda stores: stores.connection.exec_driver_sql(
            "SELECT DISTINCT schemaname FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
        ).all()
    )

    assert [("mcp",)] == found


def test_every_statement_ends_after_thirty_seconds(postgres_database: Database):
    """The revocation feed's overlap rests on it."""
    assert "30s" == postgres_database.write(scalar("SHOW statement_timeout"))


def test_a_statement_that_takes_too_long_is_an_unavailable_database(postgres_database: Database):
    def unit(stores) -> None:
        stores.connection.exec_driver_sql("SET LOCAL statement_timeout = '20ms'")
        stores.connection.exec_driver_sql("SELECT pg_sleep(5)")

    with pytest.raises(DatabaseUnavailable):
        postgres_database.write(unit)

    given_a_plain_user(postgres_database)


def test_a_wrong_statement_is_not_an_unavailable_database(postgres_database: Database):
    with pytest.raises(DBAPIError):
        postgres_database.write(scalar("SELECT nonsense"))

    given_a_plain_user(postgres_database)


def test_connections_the_server_closed_are_not_handed_out(new_postgres_database, postgres_server: str):
    """After a restart of PostgreSQL the next request works, whichever way it goes."""
    url = new_postgres_database()
    database = open_database(url, pool_size=4)
    database.upgrade()
    code = given_a_code(database)
    race(8, lambda _: database.read(scalar("SELECT pg_sleep(0.01)")))

    with psycopg.connect(postgres_server, autocommit=True) as admin:
        for attempt in (
            lambda: database.token_path.redeem_code(a_claim(code), code.created_at),
            lambda: database.write(lambda stores: stores.users.list()),
            lambda: database.read(lambda stores: stores.users.list()),
            database.check,
        ):
            admin.execute(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s",
                (urlsplit(url).path.removeprefix("/"),),
            )
            attempt()

    assert database.token_path.redeem_code(a_claim(code), code.created_at) is None
    database.close()


def test_a_connection_that_was_told_something_is_kept(new_postgres_database, postgres_server: str):
    """A reload of the server's settings tells idle connections what changed; that is no reason to drop them."""
    database = open_database(new_postgres_database(), pool_size=1)
    before = database.read(scalar("SELECT pg_backend_pid()"))

    with psycopg.connect(postgres_server, autocommit=True) as admin:
        for statement in ("ALTER SYSTEM SET timezone = 'Asia/Tokyo'", "ALTER SYSTEM RESET timezone"):
            admin.execute(statement)
            admin.execute("SELECT pg_reload_conf(), pg_sleep(0.1)")
            assert before == database.read(scalar("SELECT pg_backend_pid()"))
    database.close()


def test_a_connection_that_dies_within_a_unit_is_an_unavailable_database(postgres_database: Database):
    with pytest.raises(DatabaseUnavailable):
        postgres_database.write(scalar("SELECT pg_terminate_backend(pg_backend_pid())"))

    given_a_plain_user(postgres_database)


def test_a_unit_that_raised_leaves_its_connection_clean(new_postgres_database):
    database = open_database(new_postgres_database(), pool_size=1)
    database.upgrade()

    def unit(stores) -> None:
        stores.connection.exec_driver_sql("CREATE TEMPORARY TABLE leftover (x int)")
        raise RuntimeError

    for call in (database.write, database.read):
        with pytest.raises((RuntimeError, DBAPIError)):
            call(unit)

    assert database.read(scalar("SELECT to_regclass('leftover')")) is None
    assert "read committed" == database.write(scalar("SHOW transaction_isolation"))
    database.close()


def test_the_clock_offset_is_the_servers_clock_minus_ours(postgres_database: Database):
    assert abs(postgres_database.clock_offset().total_seconds()) < 1


def test_the_token_path_is_one_round_trip(new_postgres_database, tmp_path: Path):
    """Redemption is one prepared statement in autocommit: no BEGIN, no COMMIT beside it (architecture.md section 4)."""
    database = open_database(new_postgres_database(), pool_size=1)
    assert isinstance(database, PostgresDatabase)
    database.upgrade()
    codes = [given_a_code(database) for _ in range(2)]
    with database.connection() as connection:
        raw = connection.connection.driver_connection
    assert isinstance(raw, psycopg.Connection)
    assert database.token_path.redeem_code(a_claim(codes[0]), codes[0].created_at)  # the first time prepares

    with (tmp_path / "trace").open("w+") as trace:
        raw.pgconn.trace(trace.fileno())
        assert database.token_path.redeem_code(a_claim(codes[1]), codes[1].created_at)
        raw.pgconn.untrace()
        trace.seek(0)
        sent = [line.strip().split("\t")[3] for line in trace if line.split("\t")[1] == "F"]

    assert 1 == sent.count("Sync")
    assert "Query" not in sent
    assert "Parse" not in sent
    database.close()
