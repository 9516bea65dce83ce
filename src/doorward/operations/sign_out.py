"""End a session."""

from datetime import datetime

from doorward.audit import AuditEvent, AuditTag, RequestContext
from doorward.identity.records import SessionKind
from doorward.identity.sessions import session_hash
from doorward.operations.ports import ServerDatabase, Stores


def sign_out(
    database: ServerDatabase, *, token: str, kind: SessionKind, now: datetime, context: RequestContext
) -> bool:
    """End the session on every node at once; False when it had ended before."""
    token_hash = session_hash(token, kind)
    if token_hash is None:
        return False

    def unit(stores: Stores) -> bool:
        signed_in = stores.sessions.find_signed_in(token_hash, kind, now)
        if not stores.sessions.delete(token_hash):
            return False
        if signed_in is None:
            return False
        stores.audit.add(
            AuditEvent(
                tag=AuditTag.SIGNED_OUT,
                at=now,
                user_id=signed_in.user.id,
                context=context,
                detail={"session_kind": kind.value},
            )
        )
        return True

    return database.write(unit)
