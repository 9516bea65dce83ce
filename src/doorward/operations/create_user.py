"""Make an account, as an operator."""

from datetime import datetime

from doorward.audit import AuditEvent, AuditTag, RequestContext
from doorward.identity.passwords import Passwords
from doorward.identity.records import User
from doorward.identity.users import new_user, prepare_credentials
from doorward.operations.ports import ServerDatabase, Stores


def create_user(
    database: ServerDatabase,
    passwords: Passwords,
    *,
    email: str,
    password: str,
    is_administrator: bool = False,
    now: datetime,
    context: RequestContext,
) -> User:
    """Make the account; the first administrator made here voids the setup link.

    Raises:
        InvalidEmail, WeakPassword, EmailTaken: nothing was made.
    """
    password_hash = prepare_credentials(passwords, email=email, password=password)
    user = new_user(email=email, password_hash=password_hash, is_administrator=is_administrator, now=now)

    def unit(stores: Stores) -> User:
        stores.users.add(user)
        if is_administrator:
            stores.invitations.void_setup_links(now)
        stores.audit.add(
            AuditEvent(
                tag=AuditTag.USER_CREATED,
                at=now,
                user_id=user.id,
                context=context,
                detail={"by": "operator", "is_administrator": is_administrator},
            )
        )
        return user

    return database.write(unit)
