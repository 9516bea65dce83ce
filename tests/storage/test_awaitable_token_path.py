"""The token path for an event loop gives the verdicts of the one that blocks, on both databases."""

import asyncio
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import cast
from urllib.parse import urlsplit

import psycopg
import pytest

from doorward.audit import AuditTag
from doorward.kit.unit_of_work import DatabaseUnavailable
from doorward.oauth.ports import AwaitableTokenPath, Claim, CodeClaim, Redeemed
from doorward.storage import Database, DatabaseClosed, open_database
from doorward.storage.postgres_lines import PostgresLines
from doorward.storage.sqlite import SqliteDatabase
from tests.builders import (
    NOW,
    a_claim,
    a_refresh_claim,
    audited,
    given_a_code,
    given_a_plain_user,
    given_an_authorization,
    race,
)

pytestmark = pytest.mark.anyio


async def present(database: Database, claim: Claim) -> Redeemed | None:
    return await path_of(database).present(claim, NOW)


def path_of(database: Database) -> AwaitableTokenPath:
    assert database.awaitable_token_path is not None
    return database.awaitable_token_path


def consumed_at(database: Database, claim: CodeClaim):
    found = database.token_path.explain_code(claim.code_hash)
    assert found is not None
    return found[0].consumed_at


async def test_a_code_and_its_refresh_token_are_accepted_once(database: Database):
    code = given_a_code(database)

    redeemed = await present(database, a_claim(code))
    again = await present(database, a_claim(code))

    assert redeemed is not None
    assert (code.authorization_id, 1) == (redeemed.authorization_id, redeemed.generation)
    assert again is None
    assert 1 == len(audited(database, AuditTag.CODE_REDEEMED))


async def test_a_refresh_moves_the_lineage_on(database: Database):
    authorization = given_an_authorization(database, given_a_plain_user(database))

    rotated = await present(database, a_refresh_claim(authorization))

    assert rotated is not None
    assert authorization.refresh_current + 1 == rotated.generation
    assert 1 == len(audited(database, AuditTag.REFRESH_TOKEN_ROTATED))


@pytest.mark.parametrize("wrong", [{"client_id": "another"}, {"code_challenge": "x" * 43}, {"client_id": "\x00"}])
async def test_a_wrong_claim_changes_nothing(database: Database, wrong: dict[str, str]):
    code = given_a_code(database)

    assert await present(database, a_claim(code, **wrong)) is None
    assert consumed_at(database, a_claim(code)) is None
    assert [] == audited(database, AuditTag.CODE_REDEEMED)


async def test_fifty_racers_redeem_one_code_once(database: Database):
    """RFC 6749 §4.1.2, §10.5: also when half of them wait on the loop and half on threads."""
    code = given_a_code(database)

    outcomes = await asyncio.gather(
        *(present(database, a_claim(code)) for _ in range(25)),
        *(asyncio.to_thread(database.token_path.redeem_code, a_claim(code), NOW) for _ in range(25)),
    )

    assert 1 == sum(isinstance(outcome, Redeemed) for outcome in outcomes)
    assert 49 == outcomes.count(None)
    assert 1 == len(audited(database, AuditTag.CODE_REDEEMED))


async def test_many_codes_at_once_are_all_redeemed(database: Database):
    """Whoever waits for a connection, or for the commit of others, gets its turn."""
    codes = [given_a_code(database) for _ in range(40)]

    outcomes = await asyncio.gather(*(present(database, a_claim(code)) for code in codes))

    assert [code.authorization_id for code in codes] == [one.authorization_id for one in outcomes if one is not None]


async def test_units_of_work_and_the_loop_take_turns(database: Database):
    """Sign-ins and the like are not starved by refreshes, nor the reverse."""
    codes = [given_a_code(database) for _ in range(60)]

    outcomes = await asyncio.gather(
        *(present(database, a_claim(code)) for code in codes),
        *(asyncio.to_thread(given_a_plain_user, database) for _ in range(20)),
    )

    assert 60 == sum(isinstance(outcome, Redeemed) for outcome in outcomes)


async def test_who_stops_waiting_leaves_nothing_behind(database: Database):
    """A request that is cut off neither blocks the next nor loses a connection."""
    codes = [given_a_code(database) for _ in range(30)]
    tasks = [asyncio.create_task(present(database, a_claim(code))) for code in codes]
    await asyncio.sleep(0)
    for task in tasks[::2]:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)

    for code in codes:
        await present(database, a_claim(code))

    assert 30 == len(audited(database, AuditTag.CODE_REDEEMED))
    assert 0 == database.load()


def test_another_loop_may_follow(database: Database):
    """As a server that is embedded and started again has one."""
    for _ in range(2):
        code = given_a_code(database)
        assert asyncio.run(present(database, a_claim(code)))


async def test_a_closed_database_says_so(tmp_path, new_postgres_database):
    for url in (f"sqlite:///{tmp_path / 'closed.db'}", new_postgres_database()):
        database = open_database(url)
        database.upgrade()
        code = given_a_code(database)
        await present(database, a_claim(code))
        database.close()

        with pytest.raises(DatabaseClosed):
            await present(database, a_claim(code))


async def test_connections_the_server_closed_are_not_used(new_postgres_database, postgres_server: str):
    """After a restart of PostgreSQL the next token request works."""
    url = new_postgres_database()
    database = open_database(url, pool_size=4)
    database.upgrade()
    codes = [given_a_code(database) for _ in range(16)]
    await asyncio.gather(*(present(database, a_claim(code)) for code in codes[:8]))

    with psycopg.connect(postgres_server, autocommit=True) as admin:
        admin.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s",
            (urlsplit(url).path.removeprefix("/"),),
        )
    outcomes = await asyncio.gather(*(present(database, a_claim(code)) for code in codes[8:]))

    assert all(outcomes)
    database.close()


async def test_a_released_loop_can_be_left(new_postgres_database):
    """A server that stops lets go of its connections while its loop still runs."""
    database = open_database(new_postgres_database())
    database.upgrade()
    await asyncio.gather(*(present(database, a_claim(given_a_code(database))) for _ in range(4)))
    path_of(database).release()

    assert await present(database, a_claim(given_a_code(database)))
    path_of(database).release()
    database.close()


async def test_a_server_that_cannot_be_reached_is_an_unavailable_database(postgres_database: Database):
    lines = PostgresLines(
        "postgresql://nobody@127.0.0.1:1/none",
        cast("PostgresLines", postgres_database.awaitable_token_path)._path,
        size=1,
    )
    code = given_a_code(postgres_database)

    for _ in range(2):  # a failed attempt gives its place back
        with pytest.raises(DatabaseUnavailable):
            await lines.present(a_claim(code), NOW)


async def test_a_revocation_that_is_not_committed_yet_is_waited_for(postgres_database: Database):
    """The verdict is the row's own under its lock, not that of the statement's snapshot."""
    code = given_a_code(postgres_database)
    is_revoked, may_commit = threading.Event(), threading.Event()

    def revoke_slowly(stores) -> None:
        stores.authorizations.revoke(code.authorization_id, at=NOW, reason="disabled")
        is_revoked.set()
        assert may_commit.wait(10)

    revoking = asyncio.create_task(asyncio.to_thread(postgres_database.write, revoke_slowly))
    await asyncio.to_thread(is_revoked.wait, 10)
    redeeming = asyncio.create_task(present(postgres_database, a_claim(code)))
    done, _ = await asyncio.wait([redeeming], timeout=0.2)
    may_commit.set()
    await revoking

    assert not done
    assert await redeeming is None
    assert consumed_at(postgres_database, a_claim(code)) is None


async def test_a_lost_race_is_run_again(postgres_database: Database):
    """What PostgreSQL ended because of another transaction goes the way that insists."""
    with conflicts(postgres_database, times=1):
        assert await present(postgres_database, a_claim(given_a_code(postgres_database)))


async def test_a_statement_that_fails_leaves_its_connection_usable(postgres_database: Database):
    """And is not taken for a database that is away."""
    with conflicts(postgres_database, times=1, state="22012"), pytest.raises(psycopg.errors.DivisionByZero):
        await present(postgres_database, a_claim(given_a_code(postgres_database)))

    assert await present(postgres_database, a_claim(given_a_code(postgres_database)))


async def test_a_statement_that_takes_too_long_is_an_unavailable_database(postgres_database: Database):
    """PostgreSQL ends it after thirty seconds, as it does the blocking path's."""
    with conflicts(postgres_database, times=1, state="57014"), pytest.raises(DatabaseUnavailable):
        await present(postgres_database, a_claim(given_a_code(postgres_database)))


@contextmanager
def conflicts(database: Database, *, times: int, state: str = "40001") -> Iterator[None]:
    """The next audit rows, and with them their statements, end with that SQLSTATE."""
    database.write(
        lambda stores: stores.connection.exec_driver_sql(
            f"""
            CREATE SEQUENCE tried;
            CREATE FUNCTION mcp.refuse() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                IF nextval('tried') <= {times} THEN RAISE SQLSTATE '{state}'; END IF;
                RETURN NEW;
            END $$;
            CREATE TRIGGER refuse BEFORE INSERT ON mcp.audit_events FOR EACH ROW EXECUTE FUNCTION mcp.refuse();
            """
        )
    )
    try:
        yield
    finally:
        database.write(
            lambda stores: stores.connection.exec_driver_sql(
                "DROP TRIGGER refuse ON mcp.audit_events; DROP FUNCTION mcp.refuse; DROP SEQUENCE tried"
            )
        )


async def test_a_file_that_another_process_writes_is_waited_for(sqlite_database: Database):
    """The loop goes on meanwhile: the writer thread does the waiting."""
    code, other = given_a_code(sqlite_database), another_connection(sqlite_database)
    other.execute("BEGIN IMMEDIATE")
    redeeming = asyncio.create_task(present(sqlite_database, a_claim(code)))
    done, _ = await asyncio.wait([redeeming], timeout=0.05)
    other.execute("ROLLBACK")

    assert not done
    assert await redeeming
    other.close()


async def test_another_process_gets_its_turn_while_the_loop_is_busy(sqlite_database: Database):
    """T12: the lock is left alone for a moment again and again."""
    codes, other = [given_a_code(sqlite_database) for _ in range(400)], another_connection(sqlite_database)

    async def redeem_all(some) -> None:
        for code in some:
            assert await present(sqlite_database, a_claim(code))

    busy = asyncio.gather(*(redeem_all(codes[start::8]) for start in range(8)))
    await asyncio.to_thread(other.execute, "BEGIN IMMEDIATE")
    other.execute("COMMIT")
    await busy
    other.close()


async def test_a_commit_that_fails_fails_for_its_whole_group(sqlite_database: Database):
    """Nobody is told that a code was redeemed when it was not; afterwards it still can be."""
    codes = [given_a_code(sqlite_database) for _ in range(8)]
    loop_commit = cast("SqliteDatabase", sqlite_database)._loop
    assert loop_commit is not None

    def spoil(connection: sqlite3.Connection) -> None:
        connection.execute("PRAGMA defer_foreign_keys = ON")
        connection.execute("UPDATE oauth_codes SET authorization_id = x'00' WHERE code_hash = ?", (codes[1].code_hash,))

    outcomes = await asyncio.gather(
        loop_commit.run(spoil), *(present(sqlite_database, a_claim(code)) for code in codes), return_exceptions=True
    )

    assert all(isinstance(outcome, DatabaseUnavailable) for outcome in outcomes)
    assert [None] * 8 == [consumed_at(sqlite_database, a_claim(code)) for code in codes]
    assert await present(sqlite_database, a_claim(codes[1]))


async def test_a_statement_that_fails_spoils_nobody_elses(sqlite_database: Database, monkeypatch: pytest.MonkeyPatch):
    """The group is undone, and each unit of it runs again by itself on the writer thread."""
    from doorward.storage import token_path_sqlite

    codes = [given_a_code(sqlite_database) for _ in range(6)]
    bad, original = codes[3].code_hash, token_path_sqlite._redeem

    def failing(connection, parameters):
        redeemed = original(connection, parameters)
        if parameters["code_hash"] == bad:
            raise ZeroDivisionError
        return redeemed

    monkeypatch.setattr(token_path_sqlite, "_redeem", failing)
    outcomes = await asyncio.gather(
        *(present(sqlite_database, a_claim(code)) for code in codes), return_exceptions=True
    )

    assert [3] == [number for number, outcome in enumerate(outcomes) if isinstance(outcome, ZeroDivisionError)]
    assert 5 == sum(isinstance(outcome, Redeemed) for outcome in outcomes)
    assert consumed_at(sqlite_database, a_claim(codes[3])) is None


def another_connection(database: Database) -> sqlite3.Connection:
    """A connection such as another process has."""
    path = cast("SqliteDatabase", database)._path
    return sqlite3.connect(str(path), isolation_level=None, timeout=10, check_same_thread=False)


def test_threads_and_loops_of_several_processes_share_one_file(sqlite_database: Database):
    """Eight loops, each in a thread with a database of its own, redeem each code once."""
    path = cast("SqliteDatabase", sqlite_database)._path
    codes = [given_a_code(sqlite_database) for _ in range(10)]

    def go(_: int) -> int:
        database = open_database(f"sqlite:///{path}")

        async def redeem_all() -> int:
            return sum([await present(database, a_claim(code)) is not None for code in codes])

        try:
            return asyncio.run(redeem_all())
        finally:
            database.close()

    assert 10 == sum(cast("list[int]", race(8, go)))


async def test_nothing_waits_for_ever(sqlite_database: Database):
    """A blocking write on the loop's own thread, right after a claim was made, finds the lock free."""
    code = given_a_code(sqlite_database)
    redeeming = asyncio.create_task(present(sqlite_database, a_claim(code)))
    await asyncio.sleep(0)
    given_a_plain_user(sqlite_database)

    async with asyncio.timeout(timedelta(seconds=20).total_seconds()):
        assert await redeeming
