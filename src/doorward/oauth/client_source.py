"""The interface of a client source."""

from datetime import datetime
from typing import Protocol

from doorward.oauth.records import Client


class ClientSource(Protocol):
    """Finds the clients of one kind by their id."""

    def recognises(self, client_id: str) -> bool:
        """Whether ids of this form are this source's."""
        ...

    def find(self, client_id: str, now: datetime) -> Client | None:
        """The client, or None when it does not exist."""
        ...
