"""Who is asking, said to the upstream in a way that it can check: a short-lived signed assertion."""

import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from math import ceil
from typing import Protocol

from doorward.kit.bounded_cache import AgingCache
from doorward.resource_server.ports import VerifiedToken

HEADER = b"x-doorward-identity"
TYP = "doorward-identity+jwt"
"""A type of its own (RFC 8725 §3.11): no access token passes for an assertion, and no assertion for an access token."""
LIFETIME = timedelta(seconds=60)
REUSED_FOR = timedelta(seconds=20)
"""Signing costs more than everything else here, so one assertion speaks for the requests of that time."""
CACHE_SIZE = 10_000


class Sign(Protocol):
    """Signs with the key of the moment, which the JWK Set has."""

    def __call__(self, claims: Mapping[str, object], *, typ: str) -> str:
        """The signed token of that type."""
        ...


class IdentityAssertions:
    """Makes the assertions of one issuer for one upstream.

    The e-mail address is left out: no scope that the person agreed to says that this server may have it.
    """

    def __init__(self, *, issuer: str, audience: str, sign: Sign) -> None:
        self._issuer, self._audience, self._sign = issuer, audience, sign
        self._made: AgingCache[VerifiedToken, bytes] = AgingCache(CACHE_SIZE, REUSED_FOR)

    def about(self, token: VerifiedToken, now: datetime) -> bytes:
        """The assertion about the bearer of that token; never valid for longer than the token is."""
        assertion = self._made.get(token, now)
        if assertion is None:
            assertion = self._sign(self._claims(token, now), typ=TYP).encode("ascii")
            self._made.put(token, assertion, now)
        return assertion

    def _claims(self, token: VerifiedToken, now: datetime) -> dict[str, object]:
        issued_at = int(now.timestamp())
        end = issued_at + int(LIFETIME.total_seconds())
        if token.expires_at is not None:
            end = min(end, ceil(token.expires_at.timestamp()))
        claims: dict[str, object] = {
            "iss": self._issuer,
            "aud": self._audience,
            "sub": token.subject,
            "client_id": token.client_id,
            "scope": " ".join(token.scope),
            "gid": token.public_id,
            "iat": issued_at,
            "exp": end,
            "jti": secrets.token_urlsafe(16),
        }
        return {name: value for name, value in claims.items() if value is not None}
