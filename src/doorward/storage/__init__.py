"""The only home of SQL: SQLite and PostgreSQL behind the ports of the core."""

from doorward.storage.database import Database
from doorward.storage.errors import (
    DatabaseClosed,
    DatabaseUrlError,
    ForeignTables,
    NestedUnitOfWork,
    SchemaTooNew,
    StorageError,
    WriteFailed,
)
from doorward.storage.opening import open_database

__all__ = [
    "Database",
    "DatabaseClosed",
    "DatabaseUrlError",
    "ForeignTables",
    "NestedUnitOfWork",
    "SchemaTooNew",
    "StorageError",
    "WriteFailed",
    "open_database",
]
