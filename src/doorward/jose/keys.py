"""The signing keys of this server as one process sees them: loaded from the database, used from memory."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from doorward.jose import jwt
from doorward.jose.jwk import PrivateKey, import_public_key
from doorward.jose.jwks import PublicKeys
from doorward.jose.ports import KeyStores
from doorward.jose.records import KeyState, StoredKey
from doorward.jose.rotation import ensure_keys, rotate, unseal
from doorward.kit.keyring import Keyring
from doorward.kit.unit_of_work import Database

__all__ = ["KeysNotLoaded", "SigningKeys", "rotate"]


class KeysNotLoaded(RuntimeError):
    """There is no active key: `ensure` has not run."""


@dataclass(frozen=True, slots=True)
class _Loaded:
    """One state of the key set; replaced as a whole, so that readers need no lock."""

    version: str
    active: PrivateKey | None
    public_keys: PublicKeys


class SigningKeys:
    """Signs with the active key; publishes next, active and retired.

    Only `ensure` and `reload` touch the database.
    """

    def __init__(
        self,
        database: Database[KeyStores],
        keyring: Keyring,
        *,
        retired_lifetime: timedelta,
    ) -> None:
        self._database = database
        self._keyring = keyring
        self._retired_lifetime = retired_lifetime
        self._loaded = _Loaded("", None, PublicKeys())

    def ensure(self, now: datetime) -> None:
        """Make the first keys if there are none, delete those that are over, and load; blocks."""
        self._database.write(
            lambda stores: ensure_keys(stores, self._keyring, now, retired_lifetime=self._retired_lifetime)
        )
        self.reload(now)

    def reload(self, now: datetime) -> None:
        """Take over what other processes changed; blocks, and costs one query when nothing did."""
        del now  # part of the port: other key sources age their copies by it
        stored = self._database.read(lambda stores: stores.signing_keys.list())
        version = _version(stored)
        if version != self._loaded.version:
            self._loaded = self._load(version, stored)

    def sign(self, claims: Mapping[str, object], *, typ: str) -> str:
        """Sign with the active key, without any database access.

        Raises:
            KeysNotLoaded: before the first `ensure`.
        """
        active = self._loaded.active
        if active is None:
            raise KeysNotLoaded
        return jwt.sign(active, claims, typ=typ)

    @property
    def public_keys(self) -> PublicKeys:
        """Every key that tokens may have been signed with, or soon will be."""
        return self._loaded.public_keys

    @property
    def version(self) -> str:
        """Changes when the set does."""
        return self._loaded.version

    def jwks(self) -> dict[str, list[dict[str, str]]]:
        """The JWK Set document (RFC 7517 §5)."""
        return self._loaded.public_keys.as_document()

    def _load(self, version: str, stored: Sequence[StoredKey]) -> _Loaded:
        active = next(
            (unseal(key, self._keyring) for key in stored if key.state is KeyState.ACTIVE),
            None,
        )
        public = PublicKeys(import_public_key({**key.public_jwk, "kid": key.kid}) for key in stored)
        return _Loaded(version, active, public)


def _version(stored: Sequence[StoredKey]) -> str:
    return " ".join(f"{key.kid}:{key.state}" for key in stored)
