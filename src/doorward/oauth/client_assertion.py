"""The claims of a client assertion: who, for whom, until when, and once (RFC 7523 §3, OIDC Core §9)."""

import hashlib
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from doorward.jose.claims import instant, sole_audience
from doorward.jose.errors import InvalidToken
from doorward.oauth.records import UsedAssertion

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
TYPES = ("JWT", "client-authentication+jwt")
"""What the header may call it, where it says anything."""
MAX_LIFETIME = timedelta(hours=1)
"""How far ahead `exp` may be: Authlib says one hour, and everything remembered is remembered until then."""
LEEWAY = timedelta(seconds=60)
"""As clocks differ; an assertion that is over gets none."""
MAX_JTI = 256


def claimed_client(claims: Mapping[str, object]) -> str:
    """The client that the assertion says it is: both its issuer and its subject.

    Raises:
        InvalidToken: one is missing, no text, or the other differs.
    """
    issuer, subject = claims.get("iss"), claims.get("sub")
    if not isinstance(issuer, str) or not issuer:
        raise InvalidToken("claim_iss")
    if issuer != subject:
        raise InvalidToken("claim_sub")
    return issuer


def check_claims(
    claims: Mapping[str, object], *, client_id: str, audiences: Collection[str], now: datetime
) -> UsedAssertion:
    """Return what to remember the assertion by, if it is that client's, for this server and for now.

    Raises:
        InvalidToken: a claim is missing, of the wrong type, for somebody else, over, or not yet true.
    """
    if claimed_client(claims) != client_id:
        raise InvalidToken("client")
    if sole_audience(claims) not in audiences:  # one that other servers accept, too, could be replayed there
        raise InvalidToken("audience")
    expires_at = instant(claims, "exp")
    if expires_at <= now:
        raise InvalidToken("expired")
    if expires_at > now + MAX_LIFETIME + LEEWAY:
        raise InvalidToken("lifetime")
    if any(instant(claims, name) > now + LEEWAY for name in ("iat", "nbf") if name in claims):
        raise InvalidToken("not_yet_valid")
    jti = claims.get("jti")
    if not isinstance(jti, str) or not 1 <= len(jti) <= MAX_JTI:
        raise InvalidToken("claim_jti")
    return UsedAssertion(_hash(client_id, jti), expires_at)


def _hash(client_id: str, jti: str) -> bytes:
    """Names belong to their client, and no two pairs share a hash: the id comes with its length."""
    named = client_id.encode()
    return hashlib.sha256(len(named).to_bytes(4, "big") + named + jti.encode()).digest()
