"""Look-ups where nothing may block: they are not done, and whoever asked is told so."""

from typing import NoReturn


class LookUpNeeded(Exception):
    """What is asked stands in no cache, and whoever asks cannot wait for a look-up."""


class StrangerLookUpNeeded(LookUpNeeded):
    """The same, of something that nothing in memory speaks of: strangers can make up any number of such."""


class NoLookUps:
    """Stands in for the database where nothing may block."""

    def read(self, unit: object) -> NoReturn:
        """Raise LookUpNeeded."""
        raise LookUpNeeded

    write = read
