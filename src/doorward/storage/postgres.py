"""PostgreSQL: a pool of connections, one transaction for each unit of work."""

import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TypeVar, cast

import psycopg
from sqlalchemy import Connection, QueuePool
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from doorward.kit.unit_of_work import DatabaseUnavailable
from doorward.storage.code_path_postgres import PostgresCodePath
from doorward.storage.database import Database
from doorward.storage.errors import DatabaseClosed
from doorward.storage.migrations import HEAD
from doorward.storage.nesting import Nesting
from doorward.storage.postgres_conflicts import retried
from doorward.storage.postgres_lines import PostgresLines
from doorward.storage.postgres_pool import complete, make_engine
from doorward.storage.revocations import StoredRevocations
from doorward.storage.schema import POSTGRES_SCHEMA
from doorward.storage.stores import SqlStores
from doorward.storage.token_path_postgres import PostgresTokenPath

T = TypeVar("T")

_WRITE = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE"
_READ = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
_MIGRATION_LOCK = 0x646F6F72_6D696772
"""The number of the advisory lock: `doormigr`."""


class PostgresDatabase(Database):
    """A PostgreSQL database; the tables live in its schema `mcp`."""

    dialect = "postgresql"
    _lines: PostgresLines | None = None

    def __init__(self, url: str, *, pool_size: int) -> None:
        conninfo = complete(url)
        self._engine = make_engine(conninfo, pool_size=pool_size)
        self._nesting = Nesting()
        self._is_closed = False
        self.token_path = PostgresTokenPath(self)
        if sys.platform != "win32":  # psycopg cannot wait on the event loop that is usual there
            self.awaitable_token_path = self._lines = PostgresLines(conninfo, self.token_path, size=pool_size)
        self.code_path = PostgresCodePath(self)
        self.revocations = StoredRevocations(self)

    def write(self, unit: Callable[[SqlStores], T]) -> T:
        return retried(lambda: self._run(_WRITE, unit))

    def read(self, unit: Callable[[SqlStores], T]) -> T:
        return retried(lambda: self._run(_READ, unit))

    def _run(self, begin: str, unit: Callable[[SqlStores], T]) -> T:
        with self._transaction(begin) as connection, self._nesting.unit():
            return unit(SqlStores(connection))

    @contextmanager
    def _transaction(self, begin: str) -> Generator[Connection]:
        with self.connection() as connection:
            connection.exec_driver_sql(begin)
            try:
                yield connection
            except BaseException:
                _rollback(connection)
                raise
            connection.exec_driver_sql("COMMIT")

    @contextmanager
    def connection(self) -> Generator[Connection]:
        """Lend a connection in autocommit mode.

        Raises:
            NestedUnitOfWork: called from within a unit.
            DatabaseUnavailable: the server cannot be reached, or no connection became free.
        """
        self._nesting.refuse()
        if self._is_closed:
            raise DatabaseClosed("the database is closed")
        try:
            with self._engine.connect() as connection:
                yield connection
        except (DBAPIError, psycopg.Error, PoolTimeout) as error:
            if _is_unavailable(error):
                raise DatabaseUnavailable("the database cannot be reached or is too slow") from error
            raise

    def check(self) -> None:
        with self.connection() as connection:
            connection.exec_driver_sql("SELECT 1").all()

    def load(self) -> int:
        awaited = self._lines.load if self._lines is not None else 0
        return awaited + cast("QueuePool", self._engine.pool).checkedout()

    def clock_offset(self) -> timedelta:
        with self.connection() as connection:
            connection.exec_driver_sql("SELECT 1").all()  # so that connecting is not measured
            before = datetime.now(UTC)
            theirs: datetime = connection.exec_driver_sql("SELECT clock_timestamp()").scalar_one()
            return theirs - before - (datetime.now(UTC) - before) / 2

    def is_current(self) -> bool:
        with self.connection() as connection:
            return _revision(connection) == HEAD

    def upgrade(self) -> None:
        if self.is_current():
            return
        from doorward.storage.migrations.runner import upgrade

        with self._transaction(_WRITE) as connection:
            connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_MIGRATION_LOCK})")
            if not connection.exec_driver_sql(f"SELECT to_regnamespace('{POSTGRES_SCHEMA}')").scalar():
                connection.exec_driver_sql(f"CREATE SCHEMA {POSTGRES_SCHEMA}")
            connection.exec_driver_sql(f"SET LOCAL search_path TO {POSTGRES_SCHEMA}")
            upgrade(connection)

    def close(self) -> None:
        self._is_closed = True
        if self._lines is not None:
            self._lines.close()
        self._engine.dispose()


def _rollback(connection: Connection) -> None:
    raw = connection.connection.driver_connection if not connection.invalidated else None
    if isinstance(raw, psycopg.Connection) and not raw.closed:
        raw.rollback()


def _is_unavailable(error: Exception) -> bool:
    """Whether the database, rather than the statement, is at fault."""
    if isinstance(error, PoolTimeout):
        return True
    origin = error.orig if isinstance(error, DBAPIError) else error
    return isinstance(origin, psycopg.OperationalError | psycopg.InterfaceError)


def _revision(connection: Connection) -> str | None:
    table = f"{POSTGRES_SCHEMA}.alembic_version"
    if not connection.exec_driver_sql(f"SELECT to_regclass('{table}')").scalar():
        return None
    return connection.exec_driver_sql(f"SELECT version_num FROM {table}").scalar()  # noqa: S608 - a constant
