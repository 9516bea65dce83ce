"""Delete a client that has a row."""

from datetime import datetime

from doorward.audit import AuditEvent, AuditTag, RequestContext
from doorward.operations.ports import ServerDatabase, Stores


def delete_client(
    database: ServerDatabase,
    *,
    client_id: str,
    owner_id: str | None = None,
    by_user: str | None = None,
    now: datetime,
    context: RequestContext,
) -> bool:
    """Delete the client and revoke its Authorizations in the same transaction; False when there is none.

    With an `owner_id`, other people's clients and those of operators do not exist.
    """

    def unit(stores: Stores) -> bool:
        stores.clients.hold(exclusive=True)
        client = stores.clients.find(client_id)
        if client is None or (owner_id is not None and client.owner_id != owner_id):
            return False
        if not stores.clients.delete(client_id):
            return False
        ended = stores.authorizations.revoke_of_client(client_id, at=now, reason="client_deleted")
        stores.audit.add(
            AuditEvent(
                tag=AuditTag.CLIENT_DELETED,
                at=now,
                user_id=by_user or owner_id,
                client_id=client_id,
                context=context,
                detail={"by": "operator" if owner_id is None else "owner", "authorizations": ended},
            )
        )
        return True

    return database.write(unit)
