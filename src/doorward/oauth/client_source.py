"""The interface of a client source."""

from datetime import datetime
from typing import Protocol, Self

from doorward.oauth.fetching import Fetch
from doorward.oauth.records import Client


class ClientSource(Protocol):
    """Finds the clients of one kind by their id."""

    def recognises(self, client_id: str) -> bool:
        """Whether ids of this form are this source's."""
        ...

    def find(self, client_id: str, now: datetime) -> Client | None:
        """The client, or None when it does not exist."""
        ...

    def needs(self, client_id: str, now: datetime, *, renew: bool) -> tuple[Fetch, ...]:
        """What has to be fetched before `find` can answer; with `renew`, before it can answer as of today."""
        ...

    def without_look_ups(self) -> Self:
        """The same source on the same caches, which raises LookUpNeeded where it would have to wait."""
        ...
