"""The interaction as a sealed value: the request travels in the form until it is decided, and nothing is stored."""

import json
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from doorward.kit import b64
from doorward.kit.keyring import KeyLabel, Keyring, Unsealable
from doorward.kit.secrets import same
from doorward.oauth.interaction import SignedInUser
from doorward.oauth.policy import Policy


class Purpose(StrEnum):
    """Which form a sealed value belongs to; one is never accepted as the other."""

    LOGIN = "login"
    CONSENT = "consent"
    APPROVAL = "approval"


@dataclass(frozen=True, slots=True, kw_only=True)
class Interaction:
    """A pending authorization request while its person signs in and consents."""

    id: str
    query: bytes
    created_at: datetime
    session: str | None
    """The browser session it belongs to, in base64url; None before somebody has signed in."""
    shown: str | None = None
    """A digest of what the form says about the client; None where it says nothing that could change."""

    def belongs_to(self, user: SignedInUser) -> bool:
        """Whether the form was made for this very session."""
        return self.session is not None and same(self.session, b64.encode(user.session_hash))


def seal(
    keyring: Keyring,
    purpose: Purpose,
    query: bytes,
    user: SignedInUser | None,
    now: datetime,
    *,
    shown: str | None = None,
) -> str:
    """Seal an interaction with a fresh id."""
    session = b64.encode(user.session_hash) if user is not None else None
    members = [secrets.token_urlsafe(16), query.decode("ascii"), int(now.timestamp()), session, shown]
    return b64.encode(keyring.seal(KeyLabel.INTERACTION, json.dumps(members).encode(), context=purpose.encode()))


def unseal(keyring: Keyring, purpose: Purpose, sealed: str, policy: Policy, now: datetime) -> Interaction | None:
    """Read one back, or None when it is damaged, made for another form, or too old."""
    raw = b64.decode(sealed)
    if raw is None:
        return None
    try:
        plaintext = keyring.unseal(KeyLabel.INTERACTION, raw, context=purpose.encode())
    except Unsealable:
        return None
    interaction_id, query, created, session, *rest = json.loads(plaintext)
    created_at = datetime.fromtimestamp(created, UTC)
    if now - created_at > policy.interaction_lifetime:
        return None
    return Interaction(
        id=interaction_id,
        query=query.encode("ascii"),
        created_at=created_at,
        session=session,
        shown=rest[0] if rest else None,  # forms that an older version made say nothing
    )
