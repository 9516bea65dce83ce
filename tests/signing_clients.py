"""A client that signs: its key, its JWK Set and its assertions."""

import json
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from joserfc.jwk import RSAKey
from joserfc.jws import JWSRegistry

from doorward.jose.jwk import PrivateKey, generate_key
from doorward.kit import b64

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


def an_rsa_key(bits: int = 2048) -> PrivateKey:
    """An RSA key, named by its thumbprint."""
    key = RSAKey.generate_key(bits)
    return PrivateKey(key.thumbprint(), "RS256", key)


def sign(key: PrivateKey, header: str | bytes, payload: str | bytes, *, algorithm: str | None = None) -> str:
    """A token signed over these very bytes."""
    parts = [b64.encode(part.encode() if isinstance(part, str) else part) for part in (header, payload)]
    signing_input = ".".join(parts)
    name = algorithm or key.algorithm
    signature = JWSRegistry(algorithms=[name]).get_alg(name).sign(signing_input.encode(), key.key)
    return f"{signing_input}.{b64.encode(signature)}"


@dataclass(frozen=True)
class Signer:
    """A key of a client, and what it does with it."""

    key: PrivateKey
    audience: str

    @classmethod
    def new(cls, audience: str) -> "Signer":
        """With a fresh ES256 key."""
        return cls(generate_key(), audience)

    @property
    def jwk(self) -> dict[str, str]:
        """The public key, with its name."""
        return {**self.key.public.jwk, "kid": self.key.kid}

    @property
    def jwks(self) -> dict[str, Any]:
        """The JWK Set to register."""
        return {"keys": [self.jwk]}

    def claims(self, client_id: str, now: datetime, **changes: object) -> dict[str, object]:
        """The claims of a right assertion, less those changed to None."""
        claims: dict[str, object] = {
            "iss": client_id,
            "sub": client_id,
            "aud": self.audience,
            "iat": int(now.timestamp()),
            "exp": int((now + timedelta(minutes=5)).timestamp()),
            "jti": secrets.token_urlsafe(16),
            **changes,
        }
        return {name: value for name, value in claims.items() if value is not None}

    def assertion(
        self, client_id: str, now: datetime, *, header: dict[str, object] | None = None, **changes: object
    ) -> str:
        """A signed assertion; header members and claims changed to None are left out."""
        members = {"alg": self.key.algorithm, "typ": "JWT", "kid": self.key.kid, **(header or {})}
        shown = {name: value for name, value in members.items() if value is not None}
        return sign(self.key, json.dumps(shown), json.dumps(self.claims(client_id, now, **changes)))


def with_assertion(assertion: str, **fields: str | None) -> dict[str, str | None]:
    """The form of a token request that it authenticates."""
    return {"client_assertion_type": ASSERTION_TYPE, "client_assertion": assertion, **fields}
