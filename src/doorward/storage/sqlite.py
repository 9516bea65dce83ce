"""SQLite: one writer thread with group commit, and readers that each see one snapshot."""

import contextlib
import os
import sqlite3
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar, cast

from sqlalchemy import Connection, Engine, NullPool, QueuePool, create_engine, event

from doorward.storage.code_path_sqlite import SqliteCodePath
from doorward.storage.database import Database
from doorward.storage.errors import DatabaseClosed, DatabaseUrlError
from doorward.storage.group_commit import PATIENCE, GroupCommit, is_locked
from doorward.storage.loop_commit import LoopCommit
from doorward.storage.migrations import HEAD
from doorward.storage.nesting import Nesting
from doorward.storage.revocations import StoredRevocations
from doorward.storage.sqlite_errors import telling_unavailable
from doorward.storage.stores import SqlStores
from doorward.storage.token_path_sqlite import SqliteTokenPath

T = TypeVar("T")


class SqliteDatabase(Database):
    """A SQLite database, in a file that several processes may share, or in memory for this object alone."""

    dialect = "sqlite"

    def __init__(self, url: str, *, pool_size: int) -> None:
        self._path = _path_of(url)
        if self._path is not None:
            _make_file(self._path)
        self._nesting = Nesting()
        self._write_engine = _engine(self._path, poolclass=NullPool)
        self._read_engine = (
            None
            if self._path is None
            else _engine(self._path, read_only=True, poolclass=QueuePool, pool_size=pool_size, max_overflow=0)
        )
        self._writer_connection = self._write_engine.connect()
        self._writer_connection.begin()
        self._stores = SqlStores(self._writer_connection)
        raw = cast("sqlite3.Connection", self._writer_connection.connection.driver_connection)
        raw.execute("PRAGMA busy_timeout = 0")  # the writer waits in its own way
        self._raw = raw
        self._writer = GroupCommit(raw, self._nesting)
        self._is_closed = False
        self._loop = None if self._path is None else LoopCommit(self._connect_for_loop, self._writer)
        self.token_path = self.awaitable_token_path = SqliteTokenPath(self._writer, self._loop, self)
        self.code_path = self.awaitable_code_path = SqliteCodePath(self._writer, self._loop)
        self.revocations = StoredRevocations(self)

    def _connect_for_loop(self) -> sqlite3.Connection:
        raw = _connect(self._path)
        _prepare(raw)
        raw.execute("PRAGMA busy_timeout = 0")  # a loop does not wait
        return raw

    def write(self, unit: Callable[[SqlStores], T]) -> T:
        with telling_unavailable():
            return self._writer.run(lambda _: unit(self._stores))

    def read(self, unit: Callable[[SqlStores], T]) -> T:
        if self._read_engine is None:
            return self._writer.run(lambda raw: self._read_in_memory(raw, unit))
        self._nesting.refuse()
        if self._is_closed:
            raise DatabaseClosed("the database is closed")
        with telling_unavailable(), self._read_engine.connect() as connection:
            connection.exec_driver_sql("BEGIN")
            with self._nesting.unit():
                return unit(SqlStores(connection))

    def _read_in_memory(self, raw: sqlite3.Connection, unit: Callable[[SqlStores], T]) -> T:
        raw.execute("PRAGMA query_only = ON")
        try:
            return unit(self._stores)
        finally:
            raw.execute("PRAGMA query_only = OFF")

    def check(self) -> None:
        self.read(lambda stores: stores.connection.exec_driver_sql("SELECT count(*) FROM sqlite_master").all())

    def load(self) -> int:
        reading = 0 if self._read_engine is None else cast("QueuePool", self._read_engine.pool).checkedout()
        return reading + self._writer.waiting + (self._loop.waiting if self._loop is not None else 0)

    def clock_offset(self) -> timedelta:
        return timedelta(0)

    def is_current(self) -> bool:
        return self.read(lambda stores: _revision(stores.connection)) == HEAD

    def upgrade(self) -> None:
        if self.is_current():
            return
        from doorward.storage.migrations.runner import upgrade

        if self._read_engine is None:
            self._writer.run(lambda _: upgrade(self._writer_connection))
            return
        with self._write_engine.connect() as connection:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            upgrade(connection)
            connection.commit()

    def close(self) -> None:
        if self._is_closed:
            return
        self._is_closed = True
        if self._loop is not None:
            self._loop.close()
        self._writer.close()
        with contextlib.suppress(sqlite3.OperationalError):  # another process writes: this is a kindness, no need
            self._raw.execute("PRAGMA optimize")
        self._writer_connection.close()
        self._write_engine.dispose()
        if self._read_engine is not None:
            self._read_engine.dispose()


def _path_of(url: str) -> Path | None:
    """Return the file a URL names, as SQLAlchemy reads it: three slashes relative, four absolute."""
    if url in ("sqlite://", "sqlite:///:memory:"):
        return None
    path = url.removeprefix("sqlite:///")
    if path == url or not path or "?" in path:
        raise DatabaseUrlError("its URL must be sqlite:///relative/path or sqlite:////absolute/path, without options")
    return Path(path)


def _make_file(path: Path) -> None:
    """Owner-only: the file holds sealed keys; SQLite gives its companions the same mode."""
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    except FileExistsError:
        return
    except OSError as error:
        raise DatabaseUrlError(
            f"{path} cannot be made ({error.strerror}): make its directory, writable for this user, or name another"
        ) from None


def _engine(path: Path | None, *, read_only: bool = False, **pool: Any) -> Engine:  # noqa: ANN401 - SQLAlchemy's
    engine = create_engine("sqlite://", creator=lambda: _connect(path), hide_parameters=True, **pool)

    def prepare(raw: sqlite3.Connection, _record: object) -> None:
        _prepare(raw)
        if read_only:
            raw.execute("PRAGMA query_only = ON")

    event.listen(engine, "connect", prepare)
    return engine


def _connect(path: Path | None) -> sqlite3.Connection:
    target = ":memory:" if path is None else str(path)
    return sqlite3.connect(target, timeout=PATIENCE, isolation_level=None, check_same_thread=False)


def _prepare(raw: sqlite3.Connection) -> None:
    raw.execute(f"PRAGMA busy_timeout = {int(PATIENCE * 1000)}")
    _use_wal(raw)
    raw.execute("PRAGMA foreign_keys = ON")
    raw.execute("PRAGMA synchronous = FULL")


def _use_wal(raw: sqlite3.Connection) -> None:
    """Switch to the write-ahead log; when two processes do so at once, SQLite refuses one without waiting."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            if raw.execute("PRAGMA journal_mode").fetchone()[0] in ("wal", "memory"):
                return
            raw.execute("PRAGMA journal_mode = WAL").fetchall()
        except sqlite3.OperationalError as error:
            if not is_locked(error) or time.monotonic() > deadline:
                raise
            time.sleep(0.005)


def _revision(connection: Connection) -> str | None:
    if not connection.exec_driver_sql("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'").first():
        return None
    return connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
