"""Make an invitation to sign up."""

from datetime import datetime

from doorward.audit import AuditEvent, AuditTag, RequestContext
from doorward.identity.email import canonical_email
from doorward.identity.invitations import new_invitation
from doorward.identity.ports import EmailTaken
from doorward.identity.records import InvitationKind
from doorward.kit.secrets import Secret
from doorward.operations.ports import ServerDatabase, Stores


def invite_user(database: ServerDatabase, *, email: str | None, now: datetime, context: RequestContext) -> Secret:
    """Return the token of a link that makes one ordinary account, for that address if one is given.

    Raises:
        InvalidEmail, EmailTaken: nothing was made.
    """
    canonical = canonical_email(email) if email else None
    token, invitation = new_invitation(InvitationKind.SIGN_UP, email=canonical, now=now)

    def unit(stores: Stores) -> Secret:
        if canonical and stores.users.find_by_email(canonical) is not None:
            raise EmailTaken
        stores.invitations.add(invitation)
        stores.audit.add(AuditEvent(tag=AuditTag.USER_INVITED, at=now, context=context, detail={"email": canonical}))
        return token

    return database.write(unit)
