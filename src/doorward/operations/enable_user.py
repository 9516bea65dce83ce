"""Enable an account that was disabled."""

from datetime import datetime

from doorward.audit import AuditEvent, AuditTag, RequestContext
from doorward.identity.email import InvalidEmail, canonical_email
from doorward.operations.ports import ServerDatabase, Stores


def enable_user(database: ServerDatabase, *, email: str, now: datetime, context: RequestContext) -> bool:
    """Let the user sign in again; sessions, Authorizations and API keys that ended stay ended.

    False when there is no such account, or it is not disabled.
    """
    try:
        canonical = canonical_email(email)
    except InvalidEmail:
        return False

    def unit(stores: Stores) -> bool:
        user = stores.users.find_by_email(canonical)
        if user is None or not stores.users.enable(user.id):
            return False
        stores.audit.add(
            AuditEvent(tag=AuditTag.USER_ENABLED, at=now, user_id=user.id, context=context, detail={"by": "operator"})
        )
        return True

    return database.write(unit)
