"""The claims of an access token, checked for one resource (RFC 9068 §4)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from doorward.jose.claims import instant, sole_audience
from doorward.resource_server.errors import InvalidToken
from doorward.resource_server.ports import VerifiedToken

TYP = "at+jwt"
LEEWAY = timedelta(seconds=60)
"""For `iat` and `nbf`, as clocks differ; `exp` gets none."""

_SCOPE = re.compile(r"[\x21\x23-\x5B\x5D-\x7E]+(?: [\x21\x23-\x5B\x5D-\x7E]+)*\Z")


@dataclass(frozen=True, slots=True)
class AccessToken:
    """An access token whose claims were checked, and when it was issued."""

    verified: VerifiedToken
    issued_at: datetime


def check_claims(claims: Mapping[str, object], *, issuer: str, resource: str, now: datetime) -> AccessToken:
    """Return what the claims say, if they say it for this resource, by this issuer and for now.

    Raises:
        InvalidToken: a claim is missing, of the wrong type, for somebody else, over, or not yet true.
    """
    if _text(claims, "iss") != issuer:
        raise InvalidToken("issuer")
    if sole_audience(claims) != resource:  # RFC 8707 §2, RFC 9068 §3
        raise InvalidToken("audience")
    expires_at = instant(claims, "exp")
    if expires_at <= now:
        raise InvalidToken("expired")
    issued_at = instant(claims, "iat")
    not_before = instant(claims, "nbf") if "nbf" in claims else issued_at
    if max(issued_at, not_before) > now + LEEWAY:
        raise InvalidToken("not_yet_valid")
    _ = _text(claims, "jti")
    scope = claims.get("scope")
    if not isinstance(scope, str) or not _SCOPE.match(scope):
        raise InvalidToken("scope")
    verified = VerifiedToken(
        subject=_text(claims, "sub"),
        client_id=_text(claims, "client_id"),
        scope=tuple(scope.split(" ")),
        audience=resource,
        public_id=_text(claims, "gid"),
        expires_at=expires_at,
    )
    return AccessToken(verified, issued_at)


def _text(claims: Mapping[str, object], name: str) -> str:
    value = claims.get(name)
    if not isinstance(value, str) or not value:
        raise InvalidToken(f"claim_{name}")
    return value
