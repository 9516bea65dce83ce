"""Find a client that has a row."""

from doorward.oauth.records import Client
from doorward.operations.ports import ServerDatabase


def find_client(database: ServerDatabase, *, client_id: str) -> Client | None:
    """Return the client as it is now, past every cache."""
    return database.read(lambda stores: stores.clients.find(client_id))
