"""Disable an account and end everything that hangs from it."""

from datetime import datetime

from doorward.audit import AuditEvent, AuditTag, RequestContext
from doorward.identity.email import InvalidEmail, canonical_email
from doorward.identity.records import User
from doorward.operations.ports import ServerDatabase, Stores


class LastAdministrator(Exception):
    """No other administrator could sign in any more."""


def disable_user(
    database: ServerDatabase, *, email: str, even_last: bool = True, now: datetime, context: RequestContext
) -> bool:
    """Disable the user; sessions, Authorizations, API keys and own clients end in the same transaction (ASVS 7.4.2).

    False when there is no such account, or it was disabled before.

    Raises:
        LastAdministrator: it is the last enabled administrator and not `even_last`; nothing has changed.
    """
    try:
        canonical = canonical_email(email)
    except InvalidEmail:
        return False

    def unit(stores: Stores) -> bool:
        stores.clients.hold(exclusive=True)
        user = stores.users.find_by_email(canonical)
        if user is None or user.disabled_at is not None:
            return False
        if not even_last and _is_last_administrator(stores, user):
            raise LastAdministrator
        if not stores.users.disable(user.id, now):
            return False
        sessions = stores.sessions.delete_of_user(user.id)
        authorizations = stores.authorizations.revoke_of_user(user.id, at=now, reason="user_disabled")
        clients = stores.clients.delete_of_owner(user.id)
        for client_id in clients:
            authorizations += stores.authorizations.revoke_of_client(client_id, at=now, reason="client_deleted")
        keys = stores.api_keys.list_of_user(user.id)
        for key in keys:
            _ = stores.api_keys.revoke(key.public_id, user.id, now)
        stores.audit.add(
            AuditEvent(
                tag=AuditTag.USER_DISABLED,
                at=now,
                user_id=user.id,
                context=context,
                detail={
                    "sessions": sessions,
                    "authorizations": authorizations,
                    "api_keys": len(keys),
                    "clients": len(clients),
                },
            )
        )
        return True

    return database.write(unit)


def _is_last_administrator(stores: Stores, user: User) -> bool:
    enabled = [other.id for other in stores.users.list() if other.is_administrator and other.disabled_at is None]
    return enabled == [user.id]
