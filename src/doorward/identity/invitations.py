"""Making single-use links, and telling whom they are for."""

from datetime import datetime, timedelta

from doorward.identity.records import Invitation, InvitationKind
from doorward.identity.sign_up import InvitationInvalid
from doorward.kit.secrets import Secret, TokenPrefix, digest, new_token

_LIFETIMES = {InvitationKind.SETUP: timedelta(hours=24), InvitationKind.SIGN_UP: timedelta(days=7)}


def new_invitation(kind: InvitationKind, *, email: str | None, now: datetime) -> tuple[Secret, Invitation]:
    """Build a link; `email` is the canonical address it is bound to."""
    token = new_token(TokenPrefix.INVITATION)
    invitation = Invitation(
        token_hash=digest(token.reveal()), kind=kind, email=email, created_at=now, expires_at=now + _LIFETIMES[kind]
    )
    return token, invitation


def check_meant_for(invitation: Invitation, email: str) -> None:
    """Check that the canonical address may use the invitation.

    Raises:
        InvitationInvalid: it was made for another address.
    """
    if invitation.email not in (None, email):
        raise InvitationInvalid("This invitation was made for another e-mail address.")
