"""One signing key, public or private, as a JSON Web Key (RFC 7517)."""

from collections.abc import Mapping
from dataclasses import dataclass

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

from doorward.kit import b64

DEFAULT_ALGORITHM = "ES256"
_PUBLIC_MEMBERS = {"EC": ("kty", "crv", "x", "y"), "RSA": ("kty", "n", "e")}
_KEY_TYPES = {"EC": ECKey, "RSA": RSAKey}
_ALGORITHMS: dict[tuple[str, str | None], str] = {("EC", "P-256"): "ES256", ("RSA", None): "RS256"}
_RSA_MODULUS_BITS = range(2048, 8192 + 1)
"""RFC 7518 §3.3; verifying with a larger one takes long."""
_RSA_EXPONENTS = range(65537, 2**32, 2)

Key = ECKey | RSAKey


class UnusableKey(ValueError):
    """The JSON Web Key is not one of the kinds that sign tokens here."""


@dataclass(frozen=True, slots=True, repr=False)
class PublicKey:
    """Verifies tokens of one algorithm, so that no header can choose another (RFC 8725 §3.1)."""

    kid: str
    algorithm: str
    key: Key

    @property
    def jwk(self) -> dict[str, str]:
        """The public members and nothing else, whatever the key holds."""
        members = self.key.as_dict(private=False)
        return {name: str(members[name]) for name in _PUBLIC_MEMBERS[str(members["kty"])]}


@dataclass(frozen=True, slots=True, repr=False)
class PrivateKey:
    """Signs tokens of one algorithm."""

    kid: str
    algorithm: str
    key: Key

    @property
    def public(self) -> PublicKey:
        """The half that everybody may have."""
        return import_public_key({**PublicKey(self.kid, self.algorithm, self.key).jwk, "kid": self.kid})

    def private_jwk(self) -> dict[str, str]:
        """Every member, to be sealed at once."""
        return {name: value for name, value in self.key.as_dict(private=True).items() if isinstance(value, str)}


def generate_key() -> PrivateKey:
    """Make an ES256 key, named by its thumbprint (RFC 7638)."""
    key = ECKey.generate_key("P-256")
    return PrivateKey(key.thumbprint(), DEFAULT_ALGORITHM, key)


def import_public_key(jwk: Mapping[str, object]) -> PublicKey:
    """Read a public key; its private members are left behind, its `kid` defaults to the thumbprint.

    Raises:
        UnusableKey: not a key for ES256 or RS256 signatures.
    """
    key, algorithm = _import(jwk, private=False)
    kid = jwk.get("kid", key.thumbprint())
    if not isinstance(kid, str) or jwk.get("alg", algorithm) != algorithm or jwk.get("use", "sig") != "sig":
        raise UnusableKey
    return PublicKey(kid, algorithm, key)


def import_private_key(jwk: Mapping[str, object], *, kid: str) -> PrivateKey:
    """Read what `PrivateKey.private_jwk` gave.

    Raises:
        UnusableKey: it is something else.
    """
    key, algorithm = _import(jwk, private=True)
    return PrivateKey(kid, algorithm, key)


def _import(jwk: Mapping[str, object], *, private: bool) -> tuple[Key, str]:
    key_type = jwk.get("kty")
    curve = jwk.get("crv") if key_type != "RSA" else None
    if not isinstance(key_type, str) or (curve is not None and not isinstance(curve, str)):
        raise UnusableKey
    algorithm = _ALGORITHMS.get((key_type, curve))
    if algorithm is None:
        raise UnusableKey
    wanted = _PUBLIC_MEMBERS[key_type]
    members: dict[str, str | list[str]] = {
        name: value for name, value in jwk.items() if isinstance(value, str) and (private or name in wanted)
    }
    if key_type == "RSA" and not _is_sound_rsa(members):
        raise UnusableKey
    try:
        key = _KEY_TYPES[key_type].import_key(members)
    except (JoseError, ValueError, TypeError, KeyError):
        raise UnusableKey from None
    if key.is_private != private:
        raise UnusableKey
    return key, algorithm


def _is_sound_rsa(members: Mapping[str, object]) -> bool:
    return _number(members.get("n")).bit_length() in _RSA_MODULUS_BITS and _number(members.get("e")) in _RSA_EXPONENTS


def _number(text: object) -> int:
    """A Base64urlUInt (RFC 7518 §2); 0 when it is none."""
    return int.from_bytes((b64.decode(text) if isinstance(text, str) else None) or b"", "big")
