"""Revoke an MCP API key, as its owner."""

from datetime import datetime

from doorward.audit import AuditEvent, AuditTag, RequestContext
from doorward.operations.ports import ServerDatabase, Stores


def revoke_api_key(
    database: ServerDatabase, *, user_id: str, public_id: str, now: datetime, context: RequestContext
) -> bool:
    """Revoke the key; False when it is not this user's, or was revoked before."""

    def unit(stores: Stores) -> bool:
        if not stores.api_keys.revoke(public_id, user_id, now):
            return False
        stores.audit.add(
            AuditEvent(
                tag=AuditTag.API_KEY_REVOKED, at=now, user_id=user_id, context=context, detail={"api_key": public_id}
            )
        )
        return True

    return database.write(unit)
