"""Access tokens: for exactly one resource, signed JWTs (RFC 9068) unless it wants them opaque."""

import secrets
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from doorward.oauth.ports import Redeemed
from doorward.oauth.scope import Scope

TYPE = "at+jwt"
Sign = Callable[[Mapping[str, object]], str]

MIN_GRACE, MAX_GRACE = timedelta(seconds=2), timedelta(seconds=30)
"""A tenth of the lifetime, within these bounds."""


def access_token_expiry(lifetime: timedelta, redeemed: Redeemed, now: datetime) -> datetime:
    """When the token ends: after its lifetime, and never after the Authorization."""
    return min(now + lifetime, redeemed.expires_at)


def accepted_until(lifetime: timedelta, redeemed: Redeemed, now: datetime) -> datetime:
    """The `exp` of the token: a little after the end the client is told.

    Clients count from the moment the response reaches them, and some refresh only once their count is over (the MCP
    python SDK does, and answers a 401 in those last moments with the whole browser flow).
    """
    grace = min(MAX_GRACE, max(MIN_GRACE, lifetime / 10))
    return min(access_token_expiry(lifetime, redeemed, now) + grace, redeemed.expires_at)


def access_token_claims(
    issuer: str, lifetime: timedelta, redeemed: Redeemed, scope: Scope, now: datetime
) -> dict[str, object]:
    """What an access token says in either format (RFC 9068 §2.2); `gid` names the Authorization that can be revoked."""
    return {
        "iss": issuer,
        "sub": redeemed.user_id,
        "aud": redeemed.resource,
        "client_id": redeemed.client_id,
        "scope": str(scope),
        "iat": int(now.timestamp()),
        "exp": int(accepted_until(lifetime, redeemed, now).timestamp()),
        "auth_time": int(redeemed.auth_time.timestamp()),
        "jti": secrets.token_urlsafe(16),
        "gid": redeemed.public_id,
    }
