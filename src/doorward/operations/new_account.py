"""What every way of making an account does within its transaction."""

from datetime import datetime

from doorward.audit import AuditEvent, AuditTag, RequestContext
from doorward.identity.records import User
from doorward.operations.ports import Stores


def add_account(stores: Stores, user: User, *, by: str, now: datetime, context: RequestContext) -> User:
    """Write the user and the event; the first administrator voids every setup link.

    Raises:
        EmailTaken: another account has this address.
    """
    stores.users.add(user)
    if user.is_administrator:
        stores.invitations.void_setup_links(now)
    stores.audit.add(
        AuditEvent(
            tag=AuditTag.USER_CREATED,
            at=now,
            user_id=user.id,
            context=context,
            detail={"by": by, "is_administrator": user.is_administrator},
        )
    )
    return user
