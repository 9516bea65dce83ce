"""Make one's own account, as far as the server lets strangers do so."""

from datetime import datetime

from doorward.audit import RequestContext
from doorward.identity.email import canonical_email
from doorward.identity.invitations import check_meant_for
from doorward.identity.login import SignInLimits, TooManyAttempts, address_key
from doorward.identity.passwords import Passwords
from doorward.identity.ports import EmailTaken
from doorward.identity.records import Invitation, InvitationKind, User
from doorward.identity.sign_up import InvitationInvalid, SignUpClosed, SignUpMode
from doorward.identity.users import new_user, prepare_credentials
from doorward.kit.secrets import digest
from doorward.operations.new_account import add_account
from doorward.operations.ports import ServerDatabase, Stores


def sign_up(
    database: ServerDatabase,
    passwords: Passwords,
    *,
    mode: SignUpMode,
    limits: SignInLimits,
    email: str,
    password: str,
    invitation: str | None,
    now: datetime,
    context: RequestContext,
) -> User:
    """Make an ordinary account and use the invitation up, in one transaction.

    An invitation that is presented counts, and is used up, where everybody may sign up, too.

    The address stays unverified: whoever carries a link proves the link, not the address.

    Raises:
        SignUpClosed, InvitationInvalid, InvalidEmail, WeakPassword, EmailTaken: nothing was made or used up.
        TooManyAttempts: where everybody may sign up, too many from this network address did.
    """
    if mode is SignUpMode.CLOSED:
        raise SignUpClosed
    canonical = canonical_email(email)
    token_hash = digest(invitation) if invitation else None
    is_invited = mode is SignUpMode.INVITE or token_hash is not None
    if not is_invited and limits.enabled:  # first of all, or it would be free to ask who has an account
        _count(database, limits, now, context)

    def refuse_early(stores: Stores) -> None:
        """Find out before the costly hash what the transaction below checks for good."""
        if is_invited:
            _check(stores.invitations.find_live(token_hash, now) if token_hash else None, canonical)
        if stores.users.find_by_email(canonical) is not None:
            raise EmailTaken

    database.read(refuse_early)
    password_hash = prepare_credentials(passwords, email=email, password=password)
    user = new_user(email=email, password_hash=password_hash, now=now)

    def unit(stores: Stores) -> User:
        if is_invited:
            used = stores.invitations.consume(token_hash, InvitationKind.SIGN_UP, now) if token_hash else None
            _check(used, canonical)
        return add_account(stores, user, by="invitation" if is_invited else "sign_up", now=now, context=context)

    return database.write(unit)


def _count(database: ServerDatabase, limits: SignInLimits, now: datetime, context: RequestContext) -> None:
    """Count an account made by a stranger before its costly hash: neither rows nor memory are theirs to spend."""
    network = address_key(context.address)
    if network is None:
        return
    key, burst = f"sign-up/{network}", limits.sign_ups_per_address
    wait = database.write(lambda stores: stores.throttle.take(key, burst=burst, period=limits.period, now=now))
    if wait is not None:
        raise TooManyAttempts(wait)


def _check(invitation: Invitation | None, email: str) -> None:
    if invitation is None or invitation.kind is not InvitationKind.SIGN_UP:
        raise InvitationInvalid
    check_meant_for(invitation, email)
