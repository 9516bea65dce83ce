"""Make the one-time link for the first administrator."""

from datetime import datetime

from doorward.audit import AuditEvent, AuditTag, RequestContext
from doorward.identity.invitations import new_invitation
from doorward.identity.records import InvitationKind
from doorward.kit.secrets import Secret
from doorward.operations.ports import ServerDatabase, Stores


def create_setup_link(database: ServerDatabase, *, now: datetime, context: RequestContext) -> Secret | None:
    """Return the token of a fresh link; None once an administrator exists.

    Earlier links stay good for their day, so that a second start takes nothing from the first terminal.
    """
    token, invitation = new_invitation(InvitationKind.SETUP, email=None, now=now)

    def unit(stores: Stores) -> Secret | None:
        stores.signing_keys.lock()  # the lock of the first start: one process at a time sets the server up
        if stores.users.has_administrator():
            return None
        stores.invitations.add(invitation)
        stores.audit.add(AuditEvent(tag=AuditTag.SETUP_LINK_CREATED, at=now, context=context))
        return token

    return database.write(unit)
