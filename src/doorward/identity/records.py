"""The records of identity: the user, the signed-in session, the API key and the invitation."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """A person with an account; `id` is the `sub` of tokens, immutable and opaque (OIDC Core §2)."""

    id: str
    email: str
    """As typed, for display."""
    email_canonical: str
    """Trimmed, NFC, case-folded; unique."""
    password_hash: str | None
    created_at: datetime
    is_administrator: bool = False
    email_verified: bool = False
    """True only when the person proved control of the address."""
    disabled_at: datetime | None = None


class SessionKind(StrEnum):
    """What a session token is good for; one kind is never accepted as another."""

    BROWSER = "browser"
    """In the dashboard's cookie."""
    BEARER = "bearer"
    """From `POST /api/users/login`, for `/api/users/*`, `/api/oauth/authorize` and `/api/admin/*`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A signed-in state, at rest: the hash of its token and when it ends."""

    token_hash: bytes
    kind: SessionKind
    user_id: str
    authenticated_at: datetime
    """When the password was last verified: `auth_time` (OIDC Core §2)."""
    created_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """A live session and its user, as read in one query."""

    session: Session
    user: User


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """A long-lived credential of a person for the protected MCP server, at rest."""

    public_id: str
    key_hash: bytes
    hint: str
    """The last four characters, to recognise it by."""
    user_id: str
    name: str
    scope: str
    resource: str
    created_at: datetime
    expires_at: datetime | None = None
    revoked_at: datetime | None = None


class InvitationKind(StrEnum):
    """What an invitation lets its bearer do."""

    SETUP = "setup"
    """Create the first administrator; void once one exists."""
    SIGN_UP = "sign_up"
    """Create an ordinary account."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """A single-use link, at rest."""

    token_hash: bytes
    kind: InvitationKind
    email: str | None
    """The address it was made for; None leaves the choice to the person."""
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None = None
