"""The keys of a client that proves who it is by signing (RFC 7523)."""

import secrets
import time
from dataclasses import dataclass, field
from typing import Any

from joserfc import jwt
from joserfc.jwk import RSAKey


@dataclass(frozen=True, slots=True)
class ClientKeys:
    """One RSA key, as ChatGPT has it."""

    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "a", "use": "sig", "alg": "RS256"}))

    def as_json(self) -> dict[str, Any]:
        """The JWK Set to publish."""
        return {"keys": [self.key.as_dict(private=False)]}

    def assertion(self, client_id: str, *, audience: str) -> str:
        """A new client assertion, good for five minutes."""
        now = int(time.time())
        who = {"iss": client_id, "sub": client_id, "aud": audience, "jti": secrets.token_urlsafe(16)}
        return jwt.encode({"alg": "RS256", "kid": "a"}, {**who, "iat": now, "exp": now + 300}, self.key)
