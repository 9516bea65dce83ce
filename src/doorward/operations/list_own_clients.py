"""List the clients that a person made for themself."""

from collections.abc import Sequence

from doorward.oauth.records import Client
from doorward.operations.ports import ServerDatabase


def list_own_clients(database: ServerDatabase, *, user_id: str) -> Sequence[Client]:
    """Return them, the oldest first."""
    return database.read(lambda stores: stores.clients.list_of_owner(user_id))
