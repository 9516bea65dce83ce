"""The signing key at rest and its life."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class KeyState(StrEnum):
    """A key is published as *next*, signs as *active*, and still verifies as *retired*."""

    NEXT = "next"
    ACTIVE = "active"
    RETIRED = "retired"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredKey:
    """A signing key; the private half is sealed (RFC 7517)."""

    kid: str
    algorithm: str
    state: KeyState
    public_jwk: dict[str, str]
    sealed_private_key: bytes
    created_at: datetime
    retired_at: datetime | None = None
