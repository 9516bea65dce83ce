"""List the clients that have a row."""

from collections.abc import Sequence

from doorward.oauth.records import Client
from doorward.operations.ports import ServerDatabase


def list_clients(database: ServerDatabase) -> Sequence[Client]:
    """Return every stored client; stateless ones describe themselves and are not listed."""
    return database.read(lambda stores: stores.clients.list())
