"""Refresh tokens: derived from the Authorization, a generation and a server key, so that none is ever stored."""

from dataclasses import dataclass

from doorward.kit import b64
from doorward.kit.keyring import KEY_ID_BYTES, KeyLabel, Keyring
from doorward.kit.secrets import Secret, TokenPrefix, same

AUTHORIZATION_ID_BYTES = 16
_GENERATION_BYTES = 6
_MAC_BYTES = 32
_LENGTH = KEY_ID_BYTES + AUTHORIZATION_ID_BYTES + _GENERATION_BYTES + _MAC_BYTES


@dataclass(frozen=True, slots=True)
class RefreshToken:
    """What a refresh token says once its MAC was verified."""

    authorization_id: bytes
    generation: int


@dataclass(frozen=True, slots=True)
class RefreshTokens:
    """Derives refresh tokens and reads them back."""

    keyring: Keyring

    def derive(self, authorization_id: bytes, generation: int) -> Secret:
        """The refresh token of that generation; the same arguments give the same token."""
        key = self.keyring.newest(KeyLabel.REFRESH_TOKEN)
        number = generation.to_bytes(_GENERATION_BYTES, "big")
        mac = key.mac(authorization_id, number)
        return Secret(TokenPrefix.REFRESH_TOKEN + b64.encode(key.id + authorization_id + number + mac))

    def read(self, token: str) -> RefreshToken | None:
        """What the token says, or None unless it is the canonical spelling of one of ours; no database access."""
        if not token.startswith(TokenPrefix.REFRESH_TOKEN):
            return None
        raw = b64.decode(token.removeprefix(TokenPrefix.REFRESH_TOKEN))
        if raw is None or len(raw) != _LENGTH:
            return None
        key = self.keyring.find(KeyLabel.REFRESH_TOKEN, raw[:KEY_ID_BYTES])
        rest = raw[KEY_ID_BYTES:]
        authorization_id, rest = rest[:AUTHORIZATION_ID_BYTES], rest[AUTHORIZATION_ID_BYTES:]
        number, mac = rest[:_GENERATION_BYTES], rest[_GENERATION_BYTES:]
        if key is None or not same(key.mac(authorization_id, number), mac):
            return None
        return RefreshToken(authorization_id, int.from_bytes(number, "big"))
