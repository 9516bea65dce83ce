"""Clients that have a row: registered by an operator, or by themselves with a secret."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from doorward.kit.bounded_cache import AgingCache
from doorward.oauth.fetching import Fetch
from doorward.oauth.look_ups import NoLookUps
from doorward.oauth.ports import OAuthDatabase, OAuthStores
from doorward.oauth.records import Client

MAX_CLIENT_ID = 200


@dataclass(frozen=True, slots=True)
class RegisteredClients:
    """Reads rows through a cache of a few seconds; absence is never cached."""

    database: OAuthDatabase
    cache: AgingCache[str, Client]

    @property
    def describes_elsewhere(self) -> bool:
        """No."""
        return False

    @property
    def metadata(self) -> Mapping[str, object]:
        """Nothing: the registration endpoint says it."""
        return {}

    def recognises(self, client_id: str) -> bool:
        """Whether it could be the id of a row."""
        return len(client_id) <= MAX_CLIENT_ID

    def find(self, client_id: str, now: datetime) -> Client | None:
        """The client of that id, as it was a few seconds ago at the most."""
        return self.cache.get_or(
            client_id, now, lambda: self.database.read(lambda stores: stores.clients.find(client_id))
        )

    def forget(self, client_id: str) -> None:
        """Drop what is cached of it, because it has changed; other processes notice a few seconds later."""
        self.cache.forget(client_id)

    def needs(self, client_id: str, now: datetime, *, renew: bool) -> tuple[Fetch, ...]:
        """Nothing: what there is stands in the database."""
        return ()

    def may_connect(self, client_id: str, now: datetime) -> bool:
        """Always: a client that ended has no row."""
        return True

    def is_live(self, stores: OAuthStores, client: Client, user_id: str) -> bool:
        """Whether its row is there, says what was believed of the client, and lets that user connect it."""
        found = stores.clients.find(client.client_id)
        return found is not None and found.description == client.description and found.may_be_used_by(user_id)

    def connected(self, stores: OAuthStores, client: Client, now: datetime) -> None:
        """Note the time, so that it is not swept as never used."""
        stores.clients.touch(client.client_id, now)

    def without_look_ups(self) -> "RegisteredClients":
        """The same, from the cache alone."""
        return replace(self, database=NoLookUps())
