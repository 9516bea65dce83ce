"""Sign a person in with their password."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

from doorward.audit import AuditEvent, AuditTag, RequestContext
from doorward.identity.email import InvalidEmail, canonical_email
from doorward.identity.login import (
    SessionLifetimes,
    SignInFailed,
    SignInLimits,
    TooManyAttempts,
    account_key,
    address_key,
)
from doorward.identity.passwords import Passwords
from doorward.identity.records import SessionKind, SignedIn, User
from doorward.identity.sessions import new_session
from doorward.kit.secrets import Secret
from doorward.operations.ports import ServerDatabase, Stores


def sign_in(
    database: ServerDatabase,
    passwords: Passwords,
    *,
    limits: SignInLimits,
    lifetimes: SessionLifetimes,
    email: str,
    password: str,
    kind: SessionKind,
    now: datetime,
    context: RequestContext,
) -> tuple[Secret, SignedIn]:
    """Return a fresh session token and the session it names.

    The attempt is counted before the password is looked at, so that parallel guesses cannot outrun the limit;
    the password is verified between two transactions, because that takes its time on purpose.

    Raises:
        TooManyAttempts: for this address of e-mail, or from this network address; nothing was verified.
        SignInFailed: unknown address, wrong password or disabled account.
    """
    canonical = _canonical_or_none(email)
    key = account_key(canonical or email.strip())
    attempt = _Attempt(canonical, key, address_key(context.address), limits, kind, context)
    user = database.write(partial(attempt.begin, now=now))
    if isinstance(user, timedelta):
        raise TooManyAttempts(user)
    while True:
        is_right = passwords.verify(user.password_hash if user else None, password)
        if user is None or user.password_hash is None or not is_right or user.disabled_at is not None:
            break
        new_hash = passwords.hash(password) if passwords.is_outdated(user.password_hash) else None
        outcome = database.write(
            partial(attempt.succeed, verified=user, new_hash=new_hash, lifetimes=lifetimes, now=now)
        )
        if isinstance(outcome, tuple):
            return outcome
        user = outcome
    database.write(partial(attempt.fail, user=user, now=now))
    raise SignInFailed


def _canonical_or_none(email: str) -> str | None:
    try:
        return canonical_email(email)
    except InvalidEmail:
        return None


@dataclass(frozen=True, slots=True)
class _Attempt:
    """One attempt, and the transactions it is made of."""

    email_canonical: str | None
    account_key: str
    address_key: str | None
    limits: SignInLimits
    kind: SessionKind
    context: RequestContext

    def begin(self, stores: Stores, *, now: datetime) -> User | timedelta | None:
        """Count the attempt; the user with that address, None when there is none, or how long to wait."""
        user = stores.users.find_by_email(self.email_canonical) if self.email_canonical else None
        limits = self.limits
        if not limits.enabled:
            return user
        counters = [(self.account_key, limits.attempts)]
        if self.address_key is not None:
            # First, so that an address that is refused anyway cannot use up somebody's attempts.
            counters.insert(0, (self.address_key, limits.attempts_per_address))
        for key, burst in counters:
            retry_after = stores.throttle.take(key, burst=burst, period=limits.period, now=now)
            if retry_after is not None:
                self._note_throttled(stores, key, user, now)
                return retry_after
        return user

    def fail(self, stores: Stores, *, user: User | None, now: datetime) -> None:
        """Note why; of an unknown address nothing is kept, it may be a password in the wrong field."""
        if user is None:
            reason = "user_unknown"
        else:
            reason = "user_disabled" if user.disabled_at is not None else "password_wrong"
        stores.audit.add(self._event(AuditTag.SIGN_IN_FAILED, user, now, reason=reason))

    def succeed(
        self, stores: Stores, *, verified: User, new_hash: str | None, lifetimes: SessionLifetimes, now: datetime
    ) -> tuple[Secret, SignedIn] | User | None:
        """Write the session; or return the user anew when they were disabled or their password changed meanwhile."""
        user = stores.users.find(verified.id)
        if user is None or user.disabled_at is not None:
            return user
        if user.password_hash is None or user.password_hash != verified.password_hash:
            return user
        password_hash = new_hash or user.password_hash
        # Written even when it is the same: whoever sets a new password then waits, and finds this session to end.
        if not stores.users.set_password_hash(user.id, password_hash, replacing=verified.password_hash):
            return stores.users.find(user.id)
        user = replace(user, password_hash=password_hash)
        token, session = new_session(user, self.kind, lifetime=lifetimes.of(user, self.kind), now=now)
        stores.sessions.add(session)
        self._uncount(stores)
        stores.audit.add(self._event(AuditTag.SIGNED_IN, user, now))
        return token, SignedIn(session=session, user=user)

    def _uncount(self, stores: Stores) -> None:
        """Only failures are limited: forget the account's, and of the network address this one attempt alone."""
        if not self.limits.enabled:
            return
        # In the order in which they were counted, or two transactions could wait for each other.
        if self.address_key is not None:
            stores.throttle.give_back(
                self.address_key, burst=self.limits.attempts_per_address, period=self.limits.period
            )
        stores.throttle.reset(self.account_key)

    def _note_throttled(self, stores: Stores, key: str, user: User | None, now: datetime) -> None:
        """Note a refusal once a period and counter, so that a flood cannot fill the trail."""
        if stores.throttle.take(f"{key}/noted", burst=1, period=self.limits.period, now=now) is None:
            limit = "account" if key == self.account_key else "address"
            stores.audit.add(self._event(AuditTag.SIGN_IN_THROTTLED, user, now, limit=limit))

    def _event(self, tag: AuditTag, user: User | None, now: datetime, **detail: str) -> AuditEvent:
        return AuditEvent(
            tag=tag,
            at=now,
            user_id=user.id if user else None,
            context=self.context,
            detail={"session_kind": self.kind.value, **detail},
        )
