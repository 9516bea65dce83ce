"""What identity asks of storage."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol

from doorward.audit import AuditLog
from doorward.identity.records import ApiKey, Invitation, InvitationKind, Session, SessionKind, SignedIn, User


class EmailTaken(Exception):
    """Another account has this address."""


class UserStore(Protocol):
    """Accounts."""

    def add(self, user: User) -> None:
        """Raises EmailTaken when the canonical address is in use."""
        ...

    def find(self, user_id: str) -> User | None: ...
    def find_by_email(self, email_canonical: str) -> User | None: ...
    def list(self) -> Sequence[User]: ...
    def has_administrator(self) -> bool: ...
    def set_password_hash(self, user_id: str, password_hash: str, *, replacing: str | None) -> bool:
        """Replace one hash by another; False when the user has a newer password by now."""
        ...

    def disable(self, user_id: str, at: datetime) -> bool: ...
    def enable(self, user_id: str) -> bool: ...


class SessionStore(Protocol):
    """Signed-in sessions."""

    def add(self, session: Session) -> None: ...
    def find_signed_in(self, token_hash: bytes, kind: SessionKind, now: datetime) -> SignedIn | None:
        """The live session of that kind whose user is not disabled, with its user, in one query."""
        ...

    def delete(self, token_hash: bytes) -> bool: ...
    def delete_of_user(self, user_id: str) -> int: ...


class ApiKeyStore(Protocol):
    """MCP API keys."""

    def add(self, key: ApiKey) -> None: ...
    def find_live(self, key_hash: bytes, now: datetime) -> ApiKey | None:
        """The key, unless it is revoked, expired or its user is disabled."""
        ...

    def list_of_user(self, user_id: str) -> Sequence[ApiKey]:
        """Those not revoked, the newest first."""
        ...

    def revoke(self, public_id: str, user_id: str, at: datetime) -> bool: ...


class InvitationStore(Protocol):
    """Single-use links."""

    def add(self, invitation: Invitation) -> None: ...
    def find_live(self, token_hash: bytes, now: datetime) -> Invitation | None: ...
    def consume(self, token_hash: bytes, kind: InvitationKind, now: datetime) -> Invitation | None:
        """Use it up in one conditional UPDATE; None when unknown, used, expired, or of another kind."""
        ...

    def void_setup_links(self, at: datetime) -> None:
        """Use up every open setup link."""
        ...


class ThrottleStore(Protocol):
    """Counters of attempts: GCRA, one upsert an attempt."""

    def take(self, key: str, *, burst: int, period: timedelta, now: datetime) -> timedelta | None:
        """Count an attempt against `burst` attempts in `period`; None when allowed, else how long to wait.

        A refused attempt is not counted. Atomic: of N racers at most the allowed number pass.
        """
        ...

    def give_back(self, key: str, *, burst: int, period: timedelta) -> None:
        """Take one counted attempt back, because it turned out not to be what is limited."""
        ...

    def reset(self, key: str) -> None: ...


class IdentityStores(Protocol):
    """The stores of one unit of work, as identity sees them."""

    @property
    def users(self) -> UserStore: ...
    @property
    def sessions(self) -> SessionStore: ...
    @property
    def api_keys(self) -> ApiKeyStore: ...
    @property
    def invitations(self) -> InvitationStore: ...
    @property
    def throttle(self) -> ThrottleStore: ...
    @property
    def audit(self) -> AuditLog: ...
