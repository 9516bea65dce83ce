"""Opaque access tokens: what a JWT would say, sealed under a server key, so that none is ever stored."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from doorward.kit import b64
from doorward.kit.keyring import KeyLabel, Keyring, Unsealable
from doorward.kit.secrets import TokenPrefix

_CLAIMS = ("iss", "sub", "aud", "client_id", "scope", "iat", "exp", "auth_time", "jti", "gid")


@dataclass(frozen=True, slots=True)
class OpaqueTokens:
    """Seals access tokens and reads them back; no database access."""

    keyring: Keyring

    def seal(self, claims: Mapping[str, object]) -> str:
        """The token of these claims."""
        values = [claims[name] for name in _CLAIMS]
        plaintext = json.dumps(values, separators=(",", ":")).encode()
        return TokenPrefix.ACCESS_TOKEN + b64.encode(self.keyring.seal_once(KeyLabel.ACCESS_TOKEN, plaintext))

    def read(self, token: str) -> dict[str, object] | None:
        """What the token says, or None unless it is the canonical spelling of one of ours."""
        if not token.startswith(TokenPrefix.ACCESS_TOKEN):
            return None
        sealed = b64.decode(token.removeprefix(TokenPrefix.ACCESS_TOKEN))
        if sealed is None:
            return None
        try:
            plaintext = self.keyring.unseal_once(KeyLabel.ACCESS_TOKEN, sealed)
        except Unsealable:
            return None
        values: list[object] = json.loads(plaintext)
        return dict(zip(_CLAIMS, values, strict=True)) if len(values) == len(_CLAIMS) else None
