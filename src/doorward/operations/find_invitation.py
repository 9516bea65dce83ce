"""Look up a single-use link before its form is shown."""

from datetime import datetime

from doorward.identity.records import Invitation, InvitationKind
from doorward.kit.secrets import TokenPrefix, digest
from doorward.operations.ports import ServerDatabase, Stores


def find_invitation(database: ServerDatabase, *, token: str, kind: InvitationKind, now: datetime) -> Invitation | None:
    """Return the invitation if it could be used now, or None."""
    if not token.startswith(TokenPrefix.INVITATION):
        return None

    def unit(stores: Stores) -> Invitation | None:
        invitation = stores.invitations.find_live(digest(token), now)
        if invitation is None or invitation.kind is not kind:
            return None
        if kind is InvitationKind.SETUP and stores.users.has_administrator():
            return None
        return invitation

    return database.read(unit)
