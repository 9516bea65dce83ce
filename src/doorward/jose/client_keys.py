"""The JWK Set of a client, read strictly: public signing keys of the allowed kinds, and few of them (RFC 7517 §5)."""

import json
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import cast

from doorward.jose.jwk import PublicKey, UnusableKey, import_public_key

ALGORITHMS = ("RS256", "ES256")
"""What clients may sign with: all that the clients we know do, so that the list stays short (RFC 8725 §3.1)."""
MAX_KEYS = 8
"""So many keys may be tried for a token that names none."""
MAX_DOCUMENT_BYTES = 64 * 1024
_PRIVATE_MEMBERS = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
_MAX_KID = 256
_MAX_MODULUS = 683
"""Characters of an RSA modulus of 4096 bits: a stranger may have eight of them tried at our cost."""


class UnusableKeySet(ValueError):
    """The JWK Set cannot be a client's; the message is one sentence for people, without a value of the set."""


class NoUsableKey(UnusableKeySet):
    """It is a JWK Set of public keys, and none of them can be used here."""


def read_client_keys(document: object) -> tuple[PublicKey, ...]:
    """Read a JWK Set that somebody registers: every key must be usable.

    Raises:
        UnusableKeySet: a key is private, of another kind or too small, two share a name, or there are none or too many.
    """
    members = _members(document)
    if not 1 <= len(members) <= MAX_KEYS:
        raise UnusableKeySet(f"a JWK Set must have 1 to {MAX_KEYS} keys")
    keys = tuple(_import(member, number) for number, member in enumerate(members, start=1))
    if len({key.kid for key in keys}) != len(keys):
        raise UnusableKeySet("two keys of the JWK Set have the same kid")
    return keys


def read_published_keys(document: object) -> tuple[PublicKey, ...]:
    """Read a JWK Set that a client publishes: keys of no use here are passed over (RFC 7517 §5), the first few count.

    Raises:
        NoUsableKey: none can be used.
        UnusableKeySet: it is no JWK Set, or a key of it is private.
    """
    usable: list[PublicKey] = []
    for number, member in enumerate(_members(document), start=1):
        _refuse_private(member, number)
        try:
            usable.append(_usable(member))
        except UnusableKey:
            continue
    if not usable:
        raise NoUsableKey("no key of the JWK Set can be used")
    return tuple(usable[:MAX_KEYS])


def to_text(keys: Iterable[PublicKey]) -> str:
    """The JWK Set to keep: public members and nothing else, in one spelling."""
    members = [{**key.jwk, "kid": key.kid, "use": "sig", "alg": key.algorithm} for key in keys]
    return json.dumps({"keys": members}, separators=(",", ":"), sort_keys=True)


@lru_cache(maxsize=1_000)
def from_text(text: str) -> tuple[PublicKey, ...]:
    """Read what `to_text` gave; a set in use is read once."""
    return read_published_keys(json.loads(text))


def _members(document: object) -> list[Mapping[str, object]]:
    keys = cast("Mapping[str, object]", document).get("keys") if isinstance(document, Mapping) else None
    if not isinstance(keys, list) or not all(isinstance(key, Mapping) for key in cast("list[object]", keys)):
        raise UnusableKeySet("a JWK Set is a JSON object with the member keys, a list of keys")
    return cast("list[Mapping[str, object]]", keys)


def _import(member: Mapping[str, object], number: int) -> PublicKey:
    _refuse_private(member, number)
    try:
        key = _usable(member)
    except UnusableKey:
        raise UnusableKeySet(
            f"key {number} of the JWK Set is of no use: it must be a signing key, RSA of 2048 to 4096 bits for RS256 "
            "or EC on P-256 for ES256"
        ) from None
    if not 1 <= len(key.kid) <= _MAX_KID:
        raise UnusableKeySet(f"key {number} of the JWK Set needs a kid of 1 to {_MAX_KID} characters, or none")
    return key


def _usable(member: Mapping[str, object]) -> PublicKey:
    key = import_public_key(member)
    if len(key.jwk.get("n", "")) > _MAX_MODULUS:
        raise UnusableKey
    return key


def _refuse_private(member: Mapping[str, object], number: int) -> None:
    if not _PRIVATE_MEMBERS.isdisjoint(member):
        raise UnusableKeySet(
            f"key {number} of the JWK Set is private or symmetric: give public keys only, "
            "and replace a private key that was sent"
        )
