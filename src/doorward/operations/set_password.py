"""Set the password of an account, as an operator."""

from datetime import datetime

from doorward.audit import AuditEvent, AuditTag, RequestContext
from doorward.identity.email import canonical_email
from doorward.identity.login import account_key
from doorward.identity.passwords import Passwords
from doorward.identity.records import User
from doorward.identity.users import prepare_credentials
from doorward.operations.ports import ServerDatabase, Stores


def set_password(
    database: ServerDatabase, passwords: Passwords, *, email: str, password: str, now: datetime, context: RequestContext
) -> User | None:
    """Replace the password and end every session of the user in the same transaction (ASVS 7.4.3).

    Authorizations stay, since no client ever had the password; failed sign-ins are forgotten. None when there is no
    such account.

    Raises:
        InvalidEmail, WeakPassword: nothing has changed.
    """
    canonical = canonical_email(email)
    password_hash = prepare_credentials(passwords, email=email, password=password)

    def unit(stores: Stores) -> User | None:
        user = stores.users.find_by_email(canonical)
        # A sign-in may put a fresh hash of the former password there meanwhile; this one is newer.
        while user is not None and not stores.users.set_password_hash(
            user.id, password_hash, replacing=user.password_hash
        ):
            user = stores.users.find(user.id)
        if user is None:
            return None
        sessions = stores.sessions.delete_of_user(user.id)
        stores.throttle.reset(account_key(canonical))
        stores.audit.add(
            AuditEvent(
                tag=AuditTag.PASSWORD_SET,
                at=now,
                user_id=user.id,
                context=context,
                detail={"by": "operator", "sessions": sessions},
            )
        )
        return user

    return database.write(unit)
