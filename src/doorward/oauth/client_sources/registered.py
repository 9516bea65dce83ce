"""Clients that have a row: registered by an operator, or by themselves with a secret."""

from dataclasses import dataclass, replace
from datetime import datetime

from doorward.kit.bounded_cache import AgingCache
from doorward.oauth.fetching import Fetch
from doorward.oauth.look_ups import NoLookUps
from doorward.oauth.ports import OAuthDatabase
from doorward.oauth.records import Client

MAX_CLIENT_ID = 200


@dataclass(frozen=True, slots=True)
class RegisteredClients:
    """Reads rows through a cache of a few seconds; absence is never cached."""

    database: OAuthDatabase
    cache: AgingCache[str, Client]

    def recognises(self, client_id: str) -> bool:
        """Whether it could be the id of a row."""
        return len(client_id) <= MAX_CLIENT_ID

    def find(self, client_id: str, now: datetime) -> Client | None:
        """The client of that id, as it was a few seconds ago at the most."""
        client = self.cache.get(client_id, now)
        if client is None:
            client = self.database.read(lambda stores: stores.clients.find(client_id))
            if client is not None:
                self.cache.put(client_id, client, now)
        return client

    def forget(self, client_id: str) -> None:
        """Drop what is cached of it, because it has changed; other processes notice a few seconds later."""
        self.cache.forget(client_id)

    def needs(self, client_id: str, now: datetime, *, renew: bool) -> tuple[Fetch, ...]:
        """Nothing: what there is stands in the database."""
        return ()

    def without_look_ups(self) -> "RegisteredClients":
        """The same, from the cache alone."""
        return replace(self, database=NoLookUps())
