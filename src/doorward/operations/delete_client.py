"""Delete a client that has a row."""

from datetime import datetime

from doorward.audit import AuditEvent, AuditTag, RequestContext
from doorward.operations.ports import ServerDatabase, Stores


def delete_client(database: ServerDatabase, *, client_id: str, now: datetime, context: RequestContext) -> bool:
    """Delete the client and revoke its Authorizations in the same transaction; False when there is none."""

    def unit(stores: Stores) -> bool:
        stores.clients.hold(exclusive=True)
        if not stores.clients.delete(client_id):
            return False
        ended = stores.authorizations.revoke_of_client(client_id, at=now, reason="client_deleted")
        stores.audit.add(
            AuditEvent(
                tag=AuditTag.CLIENT_DELETED,
                at=now,
                client_id=client_id,
                context=context,
                detail={"authorizations": ended},
            )
        )
        return True

    return database.write(unit)
