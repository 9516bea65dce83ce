"""Opens a database by its URL: SQLite in a file or in memory, or PostgreSQL."""

from doorward.storage.database import Database
from doorward.storage.errors import DatabaseUrlError


def open_database(url: str, *, pool_size: int = 8) -> Database:
    """Open `sqlite:///path`, `sqlite://` (in memory) or any libpq URL (`postgresql://…`), as it is.

    Raises:
        DatabaseUrlError: the URL is something else.
    """
    scheme = url.partition(":")[0]
    if scheme == "sqlite":
        from doorward.storage.sqlite import SqliteDatabase

        return SqliteDatabase(url, pool_size=pool_size)
    if scheme in ("postgresql", "postgres"):
        from doorward.storage.postgres import PostgresDatabase

        return PostgresDatabase(url, pool_size=pool_size)
    raise DatabaseUrlError("its URL must start with sqlite:// or postgresql://")
