"""Server keys: derived by HKDF from the operator's secrets, one label for each purpose."""

import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_ID_BYTES = 4
_NONCE_BYTES = 12
_SALT_BYTES = 24
_ONLY_NONCE = bytes(_NONCE_BYTES)


class KeyLabel(StrEnum):
    """What a derived key is for; a key of one label never serves another."""

    CHECK = "check"
    REFRESH_TOKEN = "refresh token"
    ACCESS_TOKEN = "access token"
    CLIENT_ID = "client id"
    INTERACTION = "interaction"
    SIGNING_KEY = "signing key"
    MCP_SESSION = "mcp session"


class Unsealable(Exception):
    """The sealed value is damaged, was made for another purpose, or its key is gone."""


@dataclass(frozen=True, slots=True, repr=False)
class DerivedKey:
    """One key of one label; `id` tells which secret it came from and may be shown."""

    id: bytes
    key: bytes

    def mac(self, *parts: bytes) -> bytes:
        """HMAC-SHA-256 over the parts, each with its length, so that no two lists share an input."""
        framed = b"".join(len(part).to_bytes(4, "big") + part for part in parts)
        return hmac.digest(self.key, framed, "sha256")


class Keyring:
    """The keys of this server, from its secrets, the newest first."""

    def __init__(self, server_secrets: Sequence[bytes]) -> None:
        if not server_secrets:
            raise ValueError("a keyring needs at least one secret")
        self._secrets = tuple(server_secrets)
        self._derive = cache(self._derive_all)

    def __repr__(self) -> str:
        return f"Keyring({len(self._secrets)} secrets)"

    def _derive_all(self, label: KeyLabel) -> dict[bytes, DerivedKey]:
        keys: dict[bytes, DerivedKey] = {}
        for secret in self._secrets:
            material = HKDF(SHA256(), KEY_ID_BYTES + 32, salt=None, info=b"doorward/" + label.encode()).derive(secret)
            keys.setdefault(material[:KEY_ID_BYTES], DerivedKey(material[:KEY_ID_BYTES], material[KEY_ID_BYTES:]))
        return keys

    def newest(self, label: KeyLabel) -> DerivedKey:
        """Return the key that new values are made with."""
        return next(iter(self._derive(label).values()))

    def find(self, label: KeyLabel, key_id: bytes) -> DerivedKey | None:
        """Return the key of that id, or None when its secret is no longer configured."""
        return self._derive(label).get(key_id)

    def check_values(self) -> tuple[bytes, ...]:
        """One value for each secret, newest first, that shows which secret it was without telling it."""
        return tuple(key.mac(b"check") for key in self._derive(KeyLabel.CHECK).values())

    def seal(self, label: KeyLabel, plaintext: bytes, *, context: bytes = b"") -> bytes:
        """Encrypt and authenticate with AES-256-GCM under the newest key (NIST SP 800-38D)."""
        key, nonce = self.newest(label), secrets.token_bytes(_NONCE_BYTES)
        return key.id + nonce + AESGCM(key.key).encrypt(nonce, plaintext, context)

    def unseal(self, label: KeyLabel, sealed: bytes, *, context: bytes = b"") -> bytes:
        """Return what was sealed under the same label and context.

        Raises:
            Unsealable: it was not, or the key is gone.
        """
        key = self.find(label, sealed[:KEY_ID_BYTES])
        nonce, ciphertext = sealed[KEY_ID_BYTES : KEY_ID_BYTES + _NONCE_BYTES], sealed[KEY_ID_BYTES + _NONCE_BYTES :]
        if key is None or len(nonce) != _NONCE_BYTES:
            raise Unsealable
        try:
            return AESGCM(key.key).decrypt(nonce, ciphertext, context)
        except InvalidTag:
            raise Unsealable from None

    def seal_once(self, label: KeyLabel, plaintext: bytes) -> bytes:
        """Seal under a key of its own, for values that are made without number.

        Random nonces of 96 bits would meet after 2^32 values (NIST SP 800-38D §8.3); the salt of 192 bits never does.
        """
        key, salt = self.newest(label), secrets.token_bytes(_SALT_BYTES)
        return key.id + salt + AESGCM(key.mac(salt)).encrypt(_ONLY_NONCE, plaintext, None)

    def unseal_once(self, label: KeyLabel, sealed: bytes) -> bytes:
        """Return what `seal_once` sealed under the same label.

        Raises:
            Unsealable: it did not, or the key is gone.
        """
        key = self.find(label, sealed[:KEY_ID_BYTES])
        salt, ciphertext = sealed[KEY_ID_BYTES : KEY_ID_BYTES + _SALT_BYTES], sealed[KEY_ID_BYTES + _SALT_BYTES :]
        if key is None or len(salt) != _SALT_BYTES:
            raise Unsealable
        try:
            return AESGCM(key.mac(salt)).decrypt(_ONLY_NONCE, ciphertext, None)
        except InvalidTag:
            raise Unsealable from None
