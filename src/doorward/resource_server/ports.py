"""What bearer-token verification asks of its surroundings."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from doorward.jose.jwks import PublicKeys


@dataclass(frozen=True, slots=True)
class Revocation:
    """One entry of the revocation feed."""

    public_id: str
    """Of an Authorization (claim `gid`) or an API key."""
    revoked_at: datetime


class RevocationSource(Protocol):
    """The revocation feed; both calls block."""

    def revoked_after(self, after: datetime) -> Sequence[Revocation]:
        """Every revocation at or after that instant."""
        ...

    def is_revoked(self, public_id: str) -> bool:
        """Ask about one, when the feed is stale. Raises when the source cannot be reached."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedToken:
    """What a valid access token or API key says."""

    subject: str
    client_id: str | None
    """None for an API key."""
    scope: tuple[str, ...]
    audience: str
    public_id: str
    expires_at: datetime | None


class ApiKeySource(Protocol):
    """Looks up `dwk_` keys; blocks."""

    def find(self, key: str, now: datetime) -> VerifiedToken | None:
        """The live key's rights, or None."""
        ...


class OpaqueTokenSource(Protocol):
    """Reads access tokens that this issuer sealed; does not block."""

    def read(self, token: str) -> Mapping[str, object] | None:
        """The claims of the token, or None when it is none of ours."""
        ...


class KeySource(Protocol):
    """The issuer's public keys."""

    @property
    def public_keys(self) -> PublicKeys:
        """The keys at hand; does not block."""
        ...

    def reload(self, now: datetime) -> None:
        """Take over what changed; blocks. Raises when the source cannot be reached."""
        ...
