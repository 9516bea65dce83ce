"""What can go wrong with the database itself; no message ever holds a credential or a value."""

from doorward.kit.unit_of_work import DatabaseUnavailable


class StorageError(Exception):
    """The base of this room's own errors."""


class DatabaseUrlError(StorageError):
    """The database URL is not one that Doorward can open; the message is a sentence for operators."""


class DatabaseClosed(StorageError, DatabaseUnavailable):
    """A unit of work arrived after the database was closed."""


class NestedUnitOfWork(StorageError):
    """A unit of work called the database again, which could wait for itself for ever."""

    def __init__(self) -> None:
        super().__init__("a unit of work must not call the database again")


class WriteFailed(StorageError, DatabaseUnavailable):
    """The transaction a unit of work was part of could not be committed: nothing of it was kept."""


class ForeignTables(StorageError):
    """The schema already has tables of these names that Doorward did not make; the message names them."""


class SchemaTooNew(StorageError):
    """The database was upgraded by a newer Doorward than this one."""
