"""JSON Web Tokens: signed with one key, verified against an allow-list and never by what they say about themselves."""

import json
from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache

from joserfc.errors import JoseError
from joserfc.jws import JWSRegistry

from doorward.jose import compact
from doorward.jose.errors import InvalidToken, UnknownKey
from doorward.jose.jwk import DEFAULT_ALGORITHM, PrivateKey, PublicKey
from doorward.jose.jwks import PublicKeys
from doorward.kit import b64

__all__ = ["InvalidToken", "UnknownKey", "has_candidate", "sign", "verify", "verify_with_any"]

_KNOWN_ALGORITHMS = ("ES256", "RS256")
_EMBEDDED_KEYS = frozenset({"jwk", "jku", "x5u", "x5c"})
_encode = json.JSONEncoder(separators=(",", ":"), allow_nan=False).encode
_MODELS = {name: JWSRegistry(algorithms=_KNOWN_ALGORITHMS).get_alg(name) for name in _KNOWN_ALGORITHMS}


def sign(key: PrivateKey, claims: Mapping[str, object], *, typ: str) -> str:
    """Make a signed token of that type (RFC 7515 §5.1, RFC 8725 §3.11)."""
    signing_input = f"{_header(key.algorithm, typ, key.kid)}.{_segment(claims)}"
    signature = _MODELS[key.algorithm].sign(signing_input.encode("ascii"), key.key)
    return f"{signing_input}.{b64.encode(signature)}"


def verify(
    token: str,
    keys: PublicKeys,
    *,
    typ: str,
    algorithms: Collection[str] = (DEFAULT_ALGORITHM,),
) -> dict[str, object]:
    """Return the payload of a token that one of `keys` signed; its claims are for the caller to check.

    The key comes from `keys` by the header's `kid` alone: `jwk`, `jku`, `x5c` and `x5u` are not looked at
    (RFC 8725 §3.10), and the algorithm is the key's own (§3.1).

    Raises:
        UnknownKey: no key has that `kid`.
        InvalidToken: anything else; nothing but these two is ever raised.
    """
    jws = compact.parse(token)
    algorithm, kid = _allowed_algorithm(jws, algorithms), jws.header.get("kid")
    if not _same_type(jws.header.get("typ"), typ):
        raise InvalidToken("type")
    if not isinstance(kid, str) or not kid:
        raise InvalidToken("key_missing")
    key = keys.get(kid)
    if key is None:
        raise UnknownKey
    if key.algorithm != algorithm or not _is_signed_by(jws, key):
        raise InvalidToken("signature")
    return jws.payload


def verify_with_any(
    jws: compact.CompactJws, keys: Sequence[PublicKey], *, types: Collection[str], algorithms: Collection[str]
) -> dict[str, object]:
    """Return the payload of a token that one of these few keys of its one signer signed.

    A header without `kid` leaves the choice among the keys that fit the algorithm: each is tried, so there must be
    few. `typ` may be left out; keys that the header brings along are refused, not passed over (RFC 8725 §3.10).

    Raises:
        UnknownKey: no key has that `kid`, or fits the algorithm.
        InvalidToken: anything else; nothing but these two is ever raised.
    """
    _ = _allowed_algorithm(jws, algorithms)
    if "typ" in jws.header and not any(_same_type(jws.header["typ"], allowed) for allowed in types):
        raise InvalidToken("type")
    if not _EMBEDDED_KEYS.isdisjoint(jws.header):
        raise InvalidToken("embedded_key")
    kid = jws.header.get("kid")
    if "kid" in jws.header and not (isinstance(kid, str) and kid):
        raise InvalidToken("key_missing")
    fitting = _fitting(jws, keys)
    if not fitting:
        raise UnknownKey
    if not any(_is_signed_by(jws, key) for key in fitting):
        raise InvalidToken("signature")
    return jws.payload


def has_candidate(jws: compact.CompactJws, keys: Sequence[PublicKey]) -> bool:
    """Whether one of the keys could have signed the token, by the `kid` and the algorithm it names."""
    return bool(_fitting(jws, keys))


def _fitting(jws: compact.CompactJws, keys: Sequence[PublicKey]) -> list[PublicKey]:
    algorithm, kid = jws.header.get("alg"), jws.header.get("kid")
    return [key for key in keys if key.algorithm == algorithm and kid in (None, key.kid)]


def _allowed_algorithm(jws: compact.CompactJws, algorithms: Collection[str]) -> str:
    algorithm = jws.header.get("alg")
    if not isinstance(algorithm, str) or algorithm not in algorithms or algorithm not in _MODELS:
        raise InvalidToken("algorithm")
    if "crit" in jws.header or "b64" in jws.header:  # RFC 7515 §4.1.11: no extension is understood here
        raise InvalidToken("critical_extension")
    return algorithm


def _is_signed_by(jws: compact.CompactJws, key: PublicKey) -> bool:
    try:
        return _MODELS[key.algorithm].verify(jws.signing_input, jws.signature, key.key)
    except (JoseError, ValueError):
        return False


def _same_type(presented: object, expected: str) -> bool:
    """Compare media types, `application/` understood and case ignored (RFC 7515 §4.1.9, RFC 9068 §4)."""
    if not isinstance(presented, str):
        return False
    return presented.lower().removeprefix("application/") == expected.lower().removeprefix("application/")


@lru_cache(maxsize=16)
def _header(algorithm: str, typ: str, kid: str) -> str:
    """The header of every token that a key signs as one type."""
    return _segment({"alg": algorithm, "typ": typ, "kid": kid})


def _segment(members: Mapping[str, object]) -> str:
    return b64.encode(_encode(members).encode("ascii"))
