"""Key, revocation and API key sources that live in memory and can be switched off."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from doorward.jose import jwt
from doorward.jose.jwk import PrivateKey, generate_key
from doorward.jose.jwks import PublicKeys
from doorward.resource_server.ports import Revocation, VerifiedToken
from doorward.resource_server.revocations import RevocationFeed
from doorward.resource_server.verifier import TokenVerifier
from tests.builders import NOW

ISSUER = "https://auth.example.org"
RESOURCE = "https://auth.example.org/http"
LIFETIME = timedelta(hours=1)


class OutOfReach(Exception):
    """What a driver raises when its server is gone."""


@dataclass
class Keys:
    """An issuer with one key, and those it will publish at the next reload."""

    signing: PrivateKey = field(default_factory=generate_key)
    to_come: list[PrivateKey] = field(default_factory=list)
    reloads: int = 0
    reachable: bool = True

    def __post_init__(self) -> None:
        self.public_keys = PublicKeys([self.signing.public])

    def reload(self, now: datetime) -> None:
        """Publish the keys to come."""
        self.reloads += 1
        if not self.reachable:
            raise OutOfReach
        self.public_keys = PublicKeys(key.public for key in (self.signing, *self.to_come))


@dataclass
class Revocations:
    """A revocation source that counts what it is asked."""

    revoked: list[Revocation] = field(default_factory=list)
    reachable: bool = True
    asked_after: list[datetime] = field(default_factory=list)
    asked_about: list[str] = field(default_factory=list)

    def revoke(self, public_id: str, at: datetime) -> None:
        """Revoke at the source, as another process would."""
        self.revoked.append(Revocation(public_id, at))

    def revoked_after(self, after: datetime) -> Sequence[Revocation]:
        """Answer a poll."""
        self.asked_after.append(after)
        if not self.reachable:
            raise OutOfReach
        return [revocation for revocation in self.revoked if revocation.revoked_at >= after]

    def is_revoked(self, public_id: str) -> bool:
        """Answer about one."""
        self.asked_about.append(public_id)
        if not self.reachable:
            raise OutOfReach
        return any(revocation.public_id == public_id for revocation in self.revoked)


@dataclass
class ApiKeys:
    """API keys by their text."""

    live: dict[str, VerifiedToken] = field(default_factory=dict)
    reachable: bool = True
    look_ups: int = 0

    def find(self, key: str, now: datetime) -> VerifiedToken | None:
        """Answer about one."""
        self.look_ups += 1
        if not self.reachable:
            raise OutOfReach
        return self.live.get(key)


@dataclass
class World:
    """A verifier and everything around it."""

    keys: Keys = field(default_factory=Keys)
    revocations: Revocations = field(default_factory=Revocations)
    api_keys: ApiKeys = field(default_factory=ApiKeys)
    max_cached_tokens: int = 100

    def __post_init__(self) -> None:
        self.feed = RevocationFeed(self.revocations, longest_lifetime=LIFETIME)
        self.feed.poll(NOW)
        self.verifier = TokenVerifier(
            issuer=ISSUER,
            resource=RESOURCE,
            keys=self.keys,
            revocations=self.feed,
            api_keys=self.api_keys,
            max_cached_tokens=self.max_cached_tokens,
        )

    def token(
        self,
        changes: Mapping[str, object] | None = None,
        *,
        without: str = "",
        key: PrivateKey | None = None,
        typ: str = "at+jwt",
        **claims: object,
    ) -> str:
        """A signed access token, good unless the changed claims say otherwise."""
        members = {**good_claims(), **(changes or {}), **claims}
        members.pop(without, None)
        return jwt.sign(key or self.keys.signing, members, typ=typ)

    def api_key(self, text: str = "dwk_good", **changes: object) -> str:
        """A live API key."""
        rights: dict[str, object] = {
            "subject": "user-1",
            "client_id": None,
            "scope": ("mcp",),
            "audience": RESOURCE,
            "public_id": "key-1",
            "expires_at": None,
        }
        self.api_keys.live[text] = VerifiedToken(**{**rights, **changes})  # pyright: ignore[reportArgumentType]
        return text


def good_claims(now: datetime = NOW) -> dict[str, object]:
    """The claims of an access token issued now (RFC 9068 §2.2)."""
    issued = int(now.timestamp())
    return {
        "iss": ISSUER,
        "aud": RESOURCE,
        "sub": "user-1",
        "client_id": "client-1",
        "scope": "mcp",
        "gid": "authorization-1",
        "jti": "token-1",
        "iat": issued,
        "exp": issued + int(LIFETIME.total_seconds()),
    }
