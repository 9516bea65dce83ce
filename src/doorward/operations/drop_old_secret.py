"""End the secret that a rotation replaced, before its time."""

from datetime import datetime

from doorward.audit import AuditEvent, AuditTag, RequestContext
from doorward.operations.ports import ServerDatabase, Stores


def drop_old_secret(
    database: ServerDatabase,
    *,
    client_id: str,
    owner_id: str | None = None,
    by_user: str | None = None,
    now: datetime,
    context: RequestContext,
) -> bool:
    """End it; False when there is no such client, or no replaced secret of it lives.

    With an `owner_id`, other people's clients and those of operators do not exist.
    """

    def unit(stores: Stores) -> bool:
        client = stores.clients.find(client_id)
        if client is None or (owner_id is not None and client.owner_id != owner_id) or client.at(now) is client:
            return False
        _ = stores.clients.update(client_id, {"old_secret_hashes": None, "old_secrets_expire_at": None})
        stores.audit.add(
            AuditEvent(
                tag=AuditTag.CLIENT_OLD_SECRET_DROPPED,
                at=now,
                user_id=by_user or owner_id,
                client_id=client_id,
                context=context,
                detail={"by": "operator" if owner_id is None else "owner"},
            )
        )
        return True

    return database.write(unit)
