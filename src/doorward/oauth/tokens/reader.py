"""Reads this server's own access tokens back, in either format."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from doorward.jose import jwt
from doorward.jose.errors import InvalidToken
from doorward.jose.jwks import PublicKeys
from doorward.oauth.tokens.access_token import TYPE
from doorward.oauth.tokens.opaque import OpaqueTokens


class Keys(Protocol):
    """The public keys of this server."""

    @property
    def public_keys(self) -> PublicKeys:
        """Those that tokens may have been signed with; does not block."""
        ...


@dataclass(frozen=True, slots=True)
class AccessTokenReader:
    """Verifies that a token was issued here and is not over; looks nothing up."""

    issuer: str
    keys: Keys
    opaque_tokens: OpaqueTokens

    def read(self, token: str, now: datetime) -> Mapping[str, object] | None:
        """The claims, as `access_token_claims` made them; None for anything else."""
        claims: Mapping[str, object] | None = self.opaque_tokens.read(token)
        if claims is None:
            try:
                claims = jwt.verify(token, self.keys.public_keys, typ=TYPE)
            except InvalidToken:
                return None
        expires = claims.get("exp")
        is_ours = claims.get("iss") == self.issuer
        return claims if is_ours and isinstance(expires, int) and expires > now.timestamp() else None
