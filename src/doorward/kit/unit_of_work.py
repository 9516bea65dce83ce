"""The unit of work: one function, one transaction."""

from collections.abc import Callable
from typing import Protocol, TypeVar

S_co = TypeVar("S_co", covariant=True)
T = TypeVar("T")


class Database(Protocol[S_co]):
    """Runs units of work against a set of stores; both calls block, so they belong on a worker thread."""

    def write(self, unit: Callable[[S_co], T]) -> T:
        """Run `unit` in one transaction: returning commits, raising rolls back and goes on.

        A unit may share its commit with others that wait; it returns only after the commit.
        A unit must not call the database again and must not wait for anything else.
        It may be run again when another transaction got in its way, so it changes nothing but its stores.
        """
        ...

    def read(self, unit: Callable[[S_co], T]) -> T:
        """Run `unit` on one consistent snapshot; it must not write."""
        ...


class DatabaseUnavailable(Exception):
    """The database cannot be reached or does not answer in time; nothing was done, and a retry may help."""
