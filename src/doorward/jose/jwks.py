"""The JWK Set: the public keys of an issuer by their `kid` (RFC 7517 §5)."""

from collections.abc import Iterable, Iterator, Mapping
from typing import cast

from doorward.jose.jwk import PublicKey, UnusableKey, import_public_key

MAX_KEYS = 64


class PublicKeys(Mapping[str, PublicKey]):
    """An immutable set of public keys, looked up by `kid`."""

    __slots__ = ("_keys",)

    def __init__(self, keys: Iterable[PublicKey] = ()) -> None:
        self._keys = {key.kid: key for key in keys}

    @classmethod
    def from_document(cls, document: object) -> "PublicKeys":
        """Read a JWK Set, passing over keys that are of no use here (RFC 7517 §5).

        Raises:
            ValueError: the document is not a JWK Set, or an unreasonably large one.
        """
        members = cast("Mapping[str, object]", document).get("keys") if isinstance(document, Mapping) else None
        if not isinstance(members, list) or len(cast("list[object]", members)) > MAX_KEYS:
            raise ValueError("not a JWK Set")
        return cls(_usable(cast("list[object]", members)))

    def as_document(self) -> dict[str, list[dict[str, str]]]:
        """The JWK Set to publish."""
        return {
            "keys": [{**key.jwk, "kid": key.kid, "use": "sig", "alg": key.algorithm} for key in self._keys.values()]
        }

    def __getitem__(self, kid: str) -> PublicKey:
        return self._keys[kid]

    def __iter__(self) -> Iterator[str]:
        return iter(self._keys)

    def __len__(self) -> int:
        return len(self._keys)


def _usable(members: Iterable[object]) -> Iterator[PublicKey]:
    for member in members:
        if not isinstance(member, Mapping):
            continue
        try:
            yield import_public_key(cast("Mapping[str, object]", member))
        except UnusableKey:
            continue
