"""The interface of a client source."""

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol, Self

from doorward.oauth.fetching import Fetch
from doorward.oauth.ports import OAuthStores
from doorward.oauth.records import Client


class ClientSource(Protocol):
    """Finds the clients of one kind by their id."""

    @property
    def describes_elsewhere(self) -> bool:
        """Whether its ids are addresses of descriptions on other servers."""
        ...

    @property
    def metadata(self) -> Mapping[str, object]:
        """What the authorization server metadata says because this source is there (RFC 8414 §2)."""
        ...

    def recognises(self, client_id: str) -> bool:
        """Whether ids of this form are this source's."""
        ...

    def find(self, client_id: str, now: datetime) -> Client | None:
        """The client, or None when it does not exist."""
        ...

    def needs(self, client_id: str, now: datetime, *, renew: bool) -> tuple[Fetch, ...]:
        """What has to be fetched before `find` can answer; with `renew`, before it can answer as of today."""
        ...

    def may_connect(self, client_id: str, now: datetime) -> bool:
        """Whether something new may begin for a client that was found; what exists goes on."""
        ...

    def is_live(self, stores: OAuthStores, client: Client, user_id: str) -> bool:
        """Whether it still exists as it is given, past every cache, in the unit of work that makes something for it."""
        ...

    def connected(self, stores: OAuthStores, client: Client, now: datetime) -> None:
        """A person allowed it: remember what has to last."""
        ...

    def without_look_ups(self) -> Self:
        """The same source on the same caches, which raises LookUpNeeded where it would have to wait."""
        ...
