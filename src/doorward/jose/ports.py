"""What the keys ask of storage."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from doorward.jose.records import KeyState, StoredKey


class SigningKeyStore(Protocol):
    """The signing keys, shared by every process on one database."""

    def lock(self) -> None:
        """Hold the one lock under which keys are made or moved, until this unit of work ends."""
        ...

    def list(self) -> Sequence[StoredKey]:
        """Every key, the oldest first."""
        ...

    def add(self, key: StoredKey) -> None: ...
    def set_state(self, kid: str, state: KeyState, *, retired_at: datetime | None = None) -> None: ...
    def delete(self, kid: str) -> None: ...


class KeyStores(Protocol):
    """The stores of one unit of work, as the keys see them."""

    @property
    def signing_keys(self) -> SigningKeyStore: ...
