"""The only home of SQL: SQLite and PostgreSQL behind the ports of the core."""

from doorward.storage.database import Database, open_database
from doorward.storage.errors import (
    DatabaseClosed,
    DatabaseUrlError,
    ForeignTables,
    NestedUnitOfWork,
    SchemaTooNew,
    StorageError,
    WriteFailed,
)

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
