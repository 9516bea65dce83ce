"""Making and naming sessions: opaque tokens, one prefix for each kind."""

from datetime import datetime, timedelta

from doorward.identity.records import Session, SessionKind, User
from doorward.kit.secrets import Secret, TokenPrefix, digest, new_token

_PREFIXES = {SessionKind.BROWSER: TokenPrefix.BROWSER_SESSION, SessionKind.BEARER: TokenPrefix.BEARER_SESSION}


def new_session(user: User, kind: SessionKind, *, lifetime: timedelta, now: datetime) -> tuple[Secret, Session]:
    """Build a session with a fresh token, as every sign-in gets one (ASVS 7.2.4)."""
    token = new_token(_PREFIXES[kind])
    session = Session(
        token_hash=digest(token.reveal()),
        kind=kind,
        user_id=user.id,
        authenticated_at=now,
        created_at=now,
        expires_at=now + lifetime,
    )
    return token, session


def session_hash(token: str, kind: SessionKind) -> bytes | None:
    """Return what a session token of that kind is stored as, or None when it is of another kind."""
    return digest(token) if token.startswith(_PREFIXES[kind]) else None
