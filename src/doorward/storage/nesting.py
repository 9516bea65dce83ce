"""Notices a unit of work that calls the database again, before it can wait for itself."""

import threading
from collections.abc import Generator
from contextlib import contextmanager

from doorward.storage.errors import NestedUnitOfWork


class Nesting(threading.local):
    """Whether the current thread runs a unit of work."""

    _inside = False

    def refuse(self) -> None:
        """Raise when called from within a unit of work.

        Raises:
            NestedUnitOfWork: it is.
        """
        if self._inside:
            raise NestedUnitOfWork

    @contextmanager
    def unit(self) -> Generator[None]:
        """Mark this thread for the time of one unit of work."""
        self._inside = True
        try:
            yield
        finally:
            self._inside = False
