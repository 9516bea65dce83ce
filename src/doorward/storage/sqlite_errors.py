"""Tells a SQLite database that cannot work now from a statement that is wrong."""

import sqlite3
from collections.abc import Generator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from doorward.kit.unit_of_work import DatabaseUnavailable
from doorward.storage.group_commit import primary_code

_OUT_OF_ORDER = (
    *(sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR),
    *(sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_PROTOCOL),
)


@contextmanager
def telling_unavailable() -> Generator[None]:
    """Tell a database that cannot work now from a statement that is wrong."""
    try:
        yield
    except (DBAPIError, sqlite3.Error, PoolTimeout) as error:
        origin = error.orig if isinstance(error, DBAPIError) else error
        if isinstance(error, PoolTimeout) or (
            isinstance(origin, sqlite3.Error) and primary_code(origin) in _OUT_OF_ORDER
        ):
            raise DatabaseUnavailable("the database cannot be written or read at the moment") from error
        raise
