"""The records of the protocol: who asks, what was decided, and the code between the two."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from doorward.kit import urls
from doorward.oauth.scope import Scope


class ClientOrigin(StrEnum):
    """How a client came to be known; only operators can vouch for one."""

    OPERATOR = "operator"
    DYNAMIC = "dynamic"
    """Registered by itself (RFC 7591), stored because it has a secret or keys."""
    STATELESS = "stateless"
    """Registered by itself (RFC 7591), described by its own signed client_id."""
    DOCUMENT = "document"
    """Described by the Client ID Metadata Document that its client_id is the address of."""
    SEED = "seed"
    """Adopted from the tables of the program Doorward began as."""
    USER = "user"
    """Made by a person on their account page, for themself unless an administrator shares it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """A client and its metadata, in the words of RFC 7591 §2."""

    client_id: str
    origin: ClientOrigin
    redirect_uris: tuple[str, ...]
    created_at: datetime
    client_name: str | None = None
    client_uri: str | None = None
    token_endpoint_auth_method: str = "none"
    grant_types: tuple[str, ...] = ("authorization_code", "refresh_token")
    scope: Scope | None = None
    """The scope it may ask for; None means every scope of the resource. Binding for operators' clients only."""
    application_type: str | None = None
    client_secret_hashes: tuple[bytes, ...] = ()
    jwks: str | None = None
    """Its public keys, as `client_keys.to_text` writes them."""
    jwks_uri: str | None = None
    """Where it publishes them instead."""
    trusted: bool = False
    last_used_at: datetime | None = None
    old_secret_hashes: tuple[bytes, ...] | None = None
    """What a rotation replaced; accepted until `old_secrets_expire_at`."""
    old_secrets_expire_at: datetime | None = None
    registration_token_hash: bytes | None = None
    """Of the registration access token, with which a client manages itself (RFC 7592 §3)."""
    owner_id: str | None = None
    """The person who made it for themself."""
    shared_at: datetime | None = None
    """Since when people other than its owner may connect it."""

    @property
    def is_confidential(self) -> bool:
        """Whether it authenticates with a credential (RFC 6749 §2.1)."""
        return self.token_endpoint_auth_method != "none"

    def at(self, now: datetime) -> "Client":
        """The client with every secret that is live at an instant: a replaced one counts until its end."""
        if not self.old_secret_hashes or self.old_secrets_expire_at is None or self.old_secrets_expire_at <= now:
            return self
        return replace(self, client_secret_hashes=(*self.client_secret_hashes, *self.old_secret_hashes))

    @property
    def description(self) -> "Client":
        """The client without its secrets and without when it was used: what decides about requests."""
        return replace(
            self,
            last_used_at=None,
            client_secret_hashes=(),
            old_secret_hashes=None,
            old_secrets_expire_at=None,
            registration_token_hash=None,
        )

    def may_be_used_by(self, user_id: str) -> bool:
        """Whether that person may connect it: one that a person made is its owner's, until it is shared."""
        return self.owner_id is None or self.shared_at is not None or self.owner_id == user_id

    @property
    def document_host(self) -> str | None:
        """The host that describes it, where one does: the part of it that TLS proves."""
        document = urls.parse(self.client_id) if self.origin is ClientOrigin.DOCUMENT else None
        return document.host if document is not None else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Authorization:
    """One decision of one user for one client and one resource: the unit of revocation."""

    id: bytes
    """128 random bits, secret: they appear inside refresh tokens only."""
    public_id: str
    """Names it everywhere else: the claim `gid`, the revocation feed, logs and pages."""
    interaction_id: str
    """The consent form it came from; a second click finds it again."""
    user_id: str
    client_id: str
    client_name: str | None
    redirect_uri: str
    scope: Scope
    resource: str
    auth_time: datetime
    created_at: datetime
    expires_at: datetime
    """The absolute end, whatever is refreshed in between."""
    activated_at: datetime | None = None
    """When its code was redeemed."""
    last_used_at: datetime | None = None
    revoked_at: datetime | None = None
    revoked_reason: str | None = None
    refresh_current: int = 0
    refresh_predecessor: int | None = None
    rotated_at: datetime | None = None
    shown_client: str | None = None
    """What else the person saw of the client or relied on, to tell later what changed; see `client_changes`."""
    agent: str | None = None
    """The id of the known agent that it was given to, as it was recognised then."""
    restored: bool = False
    """Whether the database was restored since, so that one jump ahead of `refresh_current` is allowed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizationCode:
    """A code at rest: its hash, and what it is bound to."""

    code_hash: bytes
    authorization_id: bytes
    client_id: str
    redirect_uri: str
    code_challenge: str
    resource: str
    created_at: datetime
    expires_at: datetime
    consumed_at: datetime | None = None
    voided_at: datetime | None = None
    """When a second click replaced it before it was redeemed."""
    failed_attempts: int = 0


@dataclass(frozen=True, slots=True)
class UsedAssertion:
    """A client assertion as it is remembered once it has authenticated a request (RFC 7523 §3 `jti`)."""

    assertion_hash: bytes
    """Of the client and the `jti`."""
    expires_at: datetime
    """Its `exp`: from then on it is refused anyway."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """What a user allowed before; honoured silently for trusted clients of an operator only."""

    user_id: str
    client_id: str
    redirect_host: str
    resource: str
    scope: Scope
    granted_at: datetime


@dataclass(frozen=True, slots=True)
class AgentUse:
    """How often one person is connected to an agent, or to clients at one place that no agent is known for."""

    agent: str | None
    redirect_host: str
    """Empty where the agent is known."""
    email: str
    connections: int
    last_used_at: datetime | None


@dataclass(frozen=True, slots=True)
class ClientUse:
    """How many people are connected with one client, and how often altogether."""

    people: int
    connections: int


EVERYBODY = ""
"""Stands where a rule would name a person."""


class Verdict(StrEnum):
    """What a rule about clients says."""

    ALLOW = "allow"
    ASK = "ask"
    """An administrator decides when somebody wants to connect it."""
    DENY = "deny"
    """A block."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InitialAccessToken:
    """What lets a client register where registration is not open to everybody, at rest (RFC 7591 §1.2)."""

    id: str
    token_hash: bytes
    name: str
    created_at: datetime
    expires_at: datetime | None = None
    uses_left: int | None = None
    """How many registrations it still admits; None means any number."""
    last_used_at: datetime | None = None
    revoked_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredDocument:
    """A client's metadata document at rest, once a person allowed the client (RFC 5861 §4 across restarts)."""

    client_id: str
    body: bytes
    fetched_at: datetime
    fresh_until: datetime
    attempted_at: datetime
    gone_since: datetime | None
    is_refuted: bool
    kept_at: datetime
    """When a person last allowed the client."""
    review_at: datetime
    """When to look whether it is still there, without anybody asking."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientRule:
    """What holds for a client id, a host, a scheme or an agent; for everybody or for one person."""

    subject: str
    verdict: Verdict
    created_at: datetime
    user_id: str = EVERYBODY


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessRequest:
    """A person waits for an administrator to allow a client."""

    id: str
    user_id: str
    subject: str
    """What will be allowed or blocked when it is decided."""
    client_id: str
    client_name: str | None
    redirect_uri: str
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredResource:
    """A resource as an operator put it into the database: its definition, and when."""

    identifier: str
    definition: Mapping[str, object]
    """As `resource_definition.write_definition` gives it."""
    is_default: bool
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclinedScope:
    """What a person declined to add to what a client may do: remembered, so that nobody asks in a loop."""

    user_id: str
    client_id: str
    resource: str
    scope: Scope
    declined_at: datetime
    expires_at: datetime
