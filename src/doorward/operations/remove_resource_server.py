"""Take the right to introspect tokens from a resource server."""

from datetime import datetime

from doorward.audit import AuditEvent, AuditTag, RequestContext
from doorward.operations.ports import ServerDatabase, Stores


def remove_resource_server(
    database: ServerDatabase,
    *,
    identifier: str,
    client_id: str,
    by: str | None = None,
    now: datetime,
    context: RequestContext,
) -> bool:
    """Whether it had the right; the client itself stays."""

    def unit(stores: Stores) -> bool:
        if not stores.resources.remove_server(identifier, client_id):
            return False
        stores.audit.add(
            AuditEvent(
                tag=AuditTag.RESOURCE_SERVER_REMOVED,
                at=now,
                user_id=by,
                client_id=client_id,
                context=context,
                detail={"resource": identifier},
            )
        )
        return True

    return database.write(unit)
