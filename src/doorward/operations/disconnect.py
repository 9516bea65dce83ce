"""Disconnect a client, as the user who connected it."""

from datetime import datetime

from doorward.audit import AuditEvent, AuditTag, RequestContext
from doorward.operations.ports import ServerDatabase, Stores


def disconnect(
    database: ServerDatabase, *, user_id: str, public_id: str, now: datetime, context: RequestContext
) -> bool:
    """Revoke that one Authorization and forget the remembered consent to its client (ASVS 10.4.9, 10.7.3).

    False when it is not this user's, or had ended before: then nothing has changed.
    """

    def unit(stores: Stores) -> bool:
        authorization = stores.authorizations.find_by_public_id(public_id)
        if authorization is None or authorization.user_id != user_id:
            return False
        if not stores.authorizations.revoke(authorization.id, at=now, reason="disconnected"):
            return False
        stores.consents.forget(user_id, authorization.client_id)
        stores.audit.add(
            AuditEvent(
                tag=AuditTag.AUTHORIZATION_REVOKED,
                at=now,
                user_id=user_id,
                client_id=authorization.client_id,
                authorization=public_id,
                context=context,
                detail={"reason": "disconnected"},
            )
        )
        return True

    return database.write(unit)
