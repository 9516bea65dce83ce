"""Look-ups where nothing may block: they are not done, and whoever asked is told so."""

from typing import NoReturn


class LookUpNeeded(Exception):
    """What is asked stands in no cache, and whoever asks cannot wait for a look-up."""


class DocumentLookUpNeeded(LookUpNeeded):
    """The same, of a client's document; strangers can make up any number of those that are not known."""

    def __init__(self, *, is_known: bool) -> None:
        super().__init__()
        self.is_known = is_known


class NoLookUps:
    """Stands in for the database where nothing may block."""

    def read(self, unit: object) -> NoReturn:
        """Raise LookUpNeeded."""
        raise LookUpNeeded

    write = read
