"""Make the first administrator from the one-time link."""

from datetime import datetime

from doorward.audit import AuditEvent, AuditTag, RequestContext
from doorward.identity.passwords import Passwords
from doorward.identity.records import InvitationKind, User
from doorward.identity.sign_up import InvitationInvalid
from doorward.identity.users import new_user, prepare_credentials
from doorward.kit.secrets import digest
from doorward.operations.find_invitation import find_invitation
from doorward.operations.new_account import add_account
from doorward.operations.ports import ServerDatabase, Stores


def claim_setup_link(
    database: ServerDatabase,
    passwords: Passwords,
    *,
    token: str,
    email: str,
    password: str,
    now: datetime,
    context: RequestContext,
) -> User:
    """Use the link up, make the administrator and void every other link, in one transaction.

    Raises:
        InvitationInvalid: the link is unknown, used, expired, or an administrator exists.
        InvalidEmail, WeakPassword, EmailTaken: and the link is still good.
    """
    if find_invitation(database, token=token, kind=InvitationKind.SETUP, now=now) is None:
        raise InvitationInvalid
    password_hash = prepare_credentials(passwords, email=email, password=password)
    user = new_user(email=email, password_hash=password_hash, is_administrator=True, now=now)

    def unit(stores: Stores) -> User:
        stores.signing_keys.lock()  # the lock of the first start: one process at a time sets the server up
        if stores.invitations.consume(digest(token), InvitationKind.SETUP, now) is None:
            raise InvitationInvalid
        if stores.users.has_administrator():
            raise InvitationInvalid
        stores.audit.add(AuditEvent(tag=AuditTag.SETUP_LINK_USED, at=now, user_id=user.id, context=context))
        return add_account(stores, user, by="setup_link", now=now, context=context)

    return database.write(unit)
