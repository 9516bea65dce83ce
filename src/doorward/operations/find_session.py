"""Look up who is signed in."""

from datetime import datetime

from doorward.identity.records import SessionKind, SignedIn
from doorward.identity.sessions import session_hash
from doorward.operations.ports import ServerDatabase


def find_session(database: ServerDatabase, *, token: str, kind: SessionKind, now: datetime) -> SignedIn | None:
    """Return the live session and its user, or None; a token of another kind is never accepted."""
    token_hash = session_hash(token, kind)
    if token_hash is None:
        return None
    return database.read(lambda stores: stores.sessions.find_signed_in(token_hash, kind, now))
