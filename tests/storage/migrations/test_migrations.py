"""One chain of migrations for both engines: it makes exactly the schema, once, whoever else tries."""

import os
import subprocess
import sys
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import psycopg
import pytest
import sqlalchemy as sa
from alembic import op
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from doorward.oauth.records import ClientRule, Verdict
from doorward.storage import Database, ForeignTables, SchemaTooNew, open_database, schema
from doorward.storage.column_types import to_microseconds
from doorward.storage.migrations import HEAD, runner
from doorward.storage.migrations.runner import scripts
from doorward.storage.postgres import PostgresDatabase
from doorward.storage.schema import metadata
from doorward.storage.sqlite import SqliteDatabase
from tests.builders import NOW, given_a_plain_user, race

NewDatabase = Callable[[], str]


@pytest.fixture(params=["sqlite", "postgres"])
def new_database(request: pytest.FixtureRequest, tmp_path: Path) -> NewDatabase:
    """Give the URL of another empty database."""
    if request.param == "postgres":
        make: NewDatabase = request.getfixturevalue("new_postgres_database")
        return make
    return lambda: f"sqlite:///{tmp_path}/{len(list(tmp_path.iterdir()))}.db"


def run(database: Database, statement: str) -> None:
    database.write(lambda stores: stores.connection.exec_driver_sql(statement))


def prefix(database: Database) -> str:
    return "mcp." if database.dialect == "postgresql" else ""


def test_an_upgrade_makes_the_schema_once(new_database: NewDatabase):
    database = open_database(new_database())
    assert not database.is_current()

    database.upgrade()
    assert database.is_current()
    given_a_plain_user(database)
    database.upgrade()

    assert 1 == len(database.read(lambda stores: stores.users.list()))
    database.close()


def test_the_migrations_make_exactly_the_schema(database: Database):
    """`alembic check`: no table, column, index, type or key differs."""
    with connected(database) as connection:
        context = MigrationContext.configure(connection, opts={"compare_server_default": True})
        differences = compare_metadata(context, metadata)

    assert [] == differences


INDEXES = "SELECT indexname || ' ' || indexdef FROM pg_indexes WHERE schemaname = '{0}' AND tablename <> '{1}'"
OPTIONS = (
    "SELECT relname || ' ' || coalesce(reloptions::text, '') FROM pg_class"
    " WHERE relkind = 'r' AND relnamespace = '{0}'::regnamespace AND relname <> '{1}'"
)


def test_the_migrations_make_what_a_comparison_does_not_see(postgres_database: Database):
    """Conditions of indexes and fill factors are those of the schema, too."""

    def unit(stores):
        connection = stores.connection
        connection.exec_driver_sql("CREATE SCHEMA wanted")
        metadata.create_all(connection.execution_options(schema_translate_map={None: "wanted"}))
        connection.execution_options(schema_translate_map={None: "mcp"})
        found = {
            schema: {
                text.replace(f" {schema}.", " ")
                for query in (INDEXES, OPTIONS)
                for (text,) in connection.exec_driver_sql(query.format(schema, "alembic_version"))
            }
            for schema in ("mcp", "wanted")
        }
        connection.exec_driver_sql("DROP SCHEMA wanted CASCADE")
        return found

    found = postgres_database.write(unit)

    assert found["wanted"] == found["mcp"]


def test_the_migrations_make_every_statement_of_the_schema(sqlite_database: Database, tmp_path: Path):
    """Strict tables, keys as trees and conditions of indexes are those of the schema, too."""
    text = "SELECT type, name, sql FROM sqlite_master WHERE tbl_name <> 'alembic_version' AND sql IS NOT NULL"
    other = sa.create_engine(f"sqlite:///{tmp_path}/wanted.db")
    metadata.create_all(other)
    with other.connect() as connection:
        wanted = {squeezed(row) for row in connection.exec_driver_sql(text)}
    other.dispose()

    ours = sqlite_database.read(lambda stores: {squeezed(row) for row in stores.connection.exec_driver_sql(text)})

    assert wanted == ours


def squeezed(row: Iterable[str]) -> str:
    return " ".join(" ".join(row).split())


@contextmanager
def connected(database: Database) -> Generator[sa.Connection]:
    """A connection whose unqualified names are Doorward's."""
    if isinstance(database, PostgresDatabase):
        with database.connection() as lent:
            url = cast("psycopg.Connection", lent.connection.driver_connection).info.dsn
        engine = sa.create_engine(
            "postgresql+psycopg://", creator=lambda: psycopg.connect(url, options="-c search_path=mcp")
        )
    else:
        assert isinstance(database, SqliteDatabase)
        engine = sa.create_engine(f"sqlite:///{database._path}")
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def test_the_head_the_program_expects_is_the_head_of_the_chain():
    assert (HEAD,) == tuple(scripts().get_heads())


def test_racing_upgrades_of_one_database_all_succeed(new_database: NewDatabase):
    url = new_database()
    databases = [open_database(url, pool_size=1) for _ in range(6)]

    outcomes = race(6, lambda number: databases[number].upgrade())

    assert [None] * 6 == outcomes
    for database in databases:
        assert database.is_current()
        database.close()


def test_two_processes_upgrade_one_database_at_once(new_database: NewDatabase):
    program = (
        "import sys; from doorward.storage import open_database\nd = open_database(sys.argv[1]); d.upgrade(); d.close()"
    )
    url = new_database()

    processes = [subprocess.Popen([sys.executable, "-c", program, url], env=os.environ) for _ in range(2)]

    assert [0, 0] == [process.wait(60) for process in processes]
    database = open_database(url)
    assert database.is_current()
    database.close()


def test_an_upgrade_that_fails_leaves_nothing_behind(new_database: NewDatabase, monkeypatch: pytest.MonkeyPatch):
    """Every statement of every revision is in one transaction, on both engines."""
    create_index = op.create_index
    *_, last = schema.audit_events.indexes

    def fail(name: str, table: str, columns: list[str], **options: object) -> None:
        if name == last.name:
            raise RuntimeError
        create_index(name, table, columns, **cast("Any", options))

    database = open_database(new_database())
    monkeypatch.setattr(op, "create_index", fail)
    with pytest.raises(RuntimeError):
        database.upgrade()
    monkeypatch.undo()

    assert not database.is_current()
    database.upgrade()
    assert database.is_current()
    database.close()


def test_a_database_of_an_older_version_is_upgraded_with_what_it_holds(
    new_database: NewDatabase, monkeypatch: pytest.MonkeyPatch
):
    database = open_database(new_database())
    monkeypatch.setattr(runner, "HEAD", "0001")
    database.upgrade()
    monkeypatch.undo()
    user = given_a_plain_user(database)
    evil = f"INSERT INTO {prefix(database)}blocks VALUES ('evil.example', {to_microseconds(NOW)})"  # noqa: S608
    run(database, evil)
    assert not database.is_current()

    database.upgrade()

    assert database.is_current()
    assert [user] == database.read(lambda stores: stores.users.list())
    denial = ClientRule(subject="evil.example", verdict=Verdict.DENY, created_at=NOW)
    assert [denial] == database.read(lambda stores: stores.clients.rules())
    run(database, f"DROP INDEX {prefix(database)}ix_audit_events_at")
    database.close()


def test_a_database_of_a_newer_version_is_left_alone(new_database: NewDatabase):
    """An older program says so instead of guessing."""
    database = open_database(new_database())
    database.upgrade()
    run(database, f"UPDATE {prefix(database)}alembic_version SET version_num = '9999'")  # noqa: S608

    assert not database.is_current()
    with pytest.raises(SchemaTooNew):
        database.upgrade()
    database.close()


def test_the_question_whether_the_schema_is_current_does_not_load_alembic(new_database: NewDatabase):
    """Commands start fast: migrations are loaded when there is something to migrate."""
    url = new_database()
    database = open_database(url)
    database.upgrade()
    database.close()
    program = (
        "import sys; from doorward.storage import open_database\n"
        "d = open_database(sys.argv[1]); assert d.is_current(); d.upgrade(); d.close()\n"
        "assert 'alembic' not in sys.modules"
    )

    assert 0 == subprocess.run([sys.executable, "-c", program, url], check=False).returncode


def test_tables_of_another_program_are_not_touched(new_postgres_database: NewDatabase):
    database = open_database(new_postgres_database())
    run(database, "CREATE SCHEMA mcp")
    run(database, "CREATE TABLE mcp.users (name text)")
    run(database, "CREATE TABLE mcp.oauth_codes (name text)")
    run(database, "CREATE TABLE mcp.unrelated (name text)")

    with pytest.raises(
        ForeignTables, match=r"\(oauth_codes, users\): move that to another schema, or use another database$"
    ):
        database.upgrade()

    run(database, "DROP TABLE mcp.users; DROP TABLE mcp.oauth_codes")
    database.upgrade()
    assert database.is_current()
    run(database, "SELECT name FROM mcp.unrelated")
    database.close()


@pytest.mark.parametrize(
    "taken",
    [
        "CREATE VIEW mcp.users AS SELECT 1 AS id",
        "CREATE TABLE mcp.other (n int); CREATE INDEX ix_sessions_user_id ON mcp.other (n)",
        "CREATE SEQUENCE mcp.throttle",
        "CREATE TYPE mcp.facts AS (n int)",
    ],
)
def test_whatever_has_one_of_our_names_stops_the_upgrade_with_one_sentence(
    new_postgres_database: NewDatabase, taken: str
):
    """Relations, indexes and types share their names within a schema of PostgreSQL."""
    database = open_database(new_postgres_database())
    run(database, "CREATE SCHEMA mcp")
    run(database, taken)

    with pytest.raises(ForeignTables, match=r"^its schema mcp .*\): move that to another schema, or use another"):
        database.upgrade()

    assert not database.is_current()
    database.close()


def test_a_file_of_another_program_is_not_touched(tmp_path: Path):
    """One SQLite file is one program's."""
    other = sa.create_engine(f"sqlite:///{tmp_path}/other.db")
    with other.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE users (name text)")
    other.dispose()
    database = open_database(f"sqlite:///{tmp_path}/other.db")

    with pytest.raises(
        ForeignTables, match=r"^its file has tables that are not Doorward's \(users\): name another file$"
    ):
        database.upgrade()

    run(database, "SELECT name FROM users")
    database.close()
