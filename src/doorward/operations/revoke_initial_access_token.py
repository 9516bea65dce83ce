"""Revoke an initial access token."""

from datetime import datetime

from doorward.audit import AuditEvent, AuditTag, RequestContext
from doorward.operations.ports import ServerDatabase, Stores


def revoke_initial_access_token(
    database: ServerDatabase, *, token_id: str, by_user: str | None = None, now: datetime, context: RequestContext
) -> bool:
    """Let it admit nobody any more; False when there is none, or it was revoked before."""

    def unit(stores: Stores) -> bool:
        if not stores.initial_access_tokens.revoke(token_id, now):
            return False
        stores.audit.add(
            AuditEvent(
                tag=AuditTag.INITIAL_ACCESS_TOKEN_REVOKED,
                at=now,
                user_id=by_user,
                context=context,
                detail={"by": "operator", "token_id": token_id},
            )
        )
        return True

    return database.write(unit)
