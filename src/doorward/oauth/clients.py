"""The clients this server knows, from every source, less those an operator blocked."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from doorward.kit.bounded_cache import AgingCache
from doorward.oauth.client_source import ClientSource
from doorward.oauth.fetching import Fetch
from doorward.oauth.look_ups import NoLookUps
from doorward.oauth.ports import OAuthDatabase, OAuthStores
from doorward.oauth.records import Client
from doorward.oauth.redirect_uri import redirect_host

_BLOCKS = "blocks"


@dataclass(frozen=True, slots=True)
class Clients:
    """Finds clients; the first source that recognises an id answers for it."""

    sources: Sequence[ClientSource]
    database: OAuthDatabase
    blocks: AgingCache[str, frozenset[str]]

    def find(self, client_id: str, now: datetime) -> Client | None:
        """The client, or None when it is unknown; blocked ones are found too."""
        source = self._source_of(client_id)
        return source.find(client_id, now) if source is not None else None

    def needs(self, client_id: str, now: datetime, *, renew: bool) -> tuple[Fetch, ...]:
        """What has to be fetched before `find` can answer; with `renew`, before it can answer as of today."""
        source = self._source_of(client_id)
        return source.needs(client_id, now, renew=renew) if source is not None else ()

    def may_connect(self, client_id: str, now: datetime) -> bool:
        """Whether something new may begin for a client that was found; what exists goes on."""
        source = self._source_of(client_id)
        return source is not None and source.may_connect(client_id, now)

    def is_live(self, stores: OAuthStores, client: Client, user_id: str) -> bool:
        """Whether it still exists, is not blocked and is for that user to connect, past every cache.

        Whoever deletes or blocks it from now on waits for this unit of work, and then finds what it made.
        """
        stores.clients.hold(exclusive=False)
        blocked = {block.subject for block in stores.clients.blocks()}
        source = self._source_of(client.client_id)
        return (
            source is not None
            and source.is_live(stores, client, user_id)
            and blocked.isdisjoint(block_subjects(client))
        )

    def connected(self, stores: OAuthStores, client: Client, now: datetime) -> None:
        """A person allowed it: remember what has to last."""
        source = self._source_of(client.client_id)
        if source is not None:
            source.connected(stores, client, now)

    def without_look_ups(self) -> "Clients":
        """The same clients from the same caches; LookUpNeeded where a look-up would have to be waited for."""
        return replace(self, sources=tuple(source.without_look_ups() for source in self.sources), database=NoLookUps())

    def describes_itself_elsewhere(self, client_id: str) -> bool:
        """Whether the id is the address of a description, whatever came of fetching it."""
        source = self._source_of(client_id)
        return source is not None and source.describes_elsewhere

    def is_blocked(self, client: Client, now: datetime) -> bool:
        """Whether an operator blocked its id, the host that describes it, or a host it sends answers to."""
        subjects = self.blocks.get(_BLOCKS, now)
        if subjects is None:
            subjects = self.database.read(lambda stores: frozenset(block.subject for block in stores.clients.blocks()))
            self.blocks.put(_BLOCKS, subjects, now)
        return not subjects.isdisjoint(block_subjects(client)) if subjects else False

    def _source_of(self, client_id: str) -> ClientSource | None:
        return next((source for source in self.sources if source.recognises(client_id)), None)


def block_subjects(client: Client) -> frozenset[str]:
    """What an operator can name to block a client: its id, the host that describes it, or one it sends answers to."""
    hosts = {redirect_host(uri).lower() for uri in client.redirect_uris}
    if (host := client.document_host) is not None:
        hosts.add(host)
    return frozenset({client.client_id, *hosts})
