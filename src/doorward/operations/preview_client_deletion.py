"""Say what the deletion of a client would end."""

from datetime import datetime

from doorward.oauth.records import Client, ClientUse
from doorward.operations.ports import ServerDatabase, Stores


def preview_client_deletion(
    database: ServerDatabase, *, client_id: str, owner_id: str | None = None, now: datetime
) -> tuple[Client, ClientUse] | None:
    """Return the client and who is connected with it; None when there is none.

    With an `owner_id`, other people's clients and those of operators do not exist.
    """

    def unit(stores: Stores) -> tuple[Client, ClientUse] | None:
        client = stores.clients.find(client_id)
        if client is None or (owner_id is not None and client.owner_id != owner_id):
            return None
        return client, stores.authorizations.count_of_client(client_id, now)

    return database.read(unit)
