"""The policy of this server: addresses, resources, scopes and lifetimes, as one frozen value."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from doorward.oauth.scope import Scope


@dataclass(frozen=True, slots=True)
class ScopeToken:
    """A scope token and what it means in words a person understands."""

    name: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """A protected MCP server (RFC 9728 §2)."""

    identifier: str
    """Its canonical identifier: what people type, without a trailing slash; the `aud` of its tokens."""
    name: str
    scopes: tuple[ScopeToken, ...]
    default_scope: Scope
    aliases: tuple[str, ...] = ()
    documentation: str | None = None


class RegistrationMode(StrEnum):
    """Which clients may register themselves (RFC 7591 §3)."""

    OPEN = "open"
    TOKEN = "token"
    """Those that present an initial access token."""
    OFF = "off"


OFFLINE_ACCESS = ScopeToken("offline_access", "Stay connected while you are away")
"""Advertised by the authorization server only, never by a resource (OIDC Core §11)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What the core needs to know about this installation."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    registration_endpoint: str
    jwks_uri: str
    registration: RegistrationMode = RegistrationMode.OPEN
    resources: tuple[Resource, ...]
    """The first one is the default (RFC 8707 §2: what a request without `resource` means)."""
    access_token_lifetime: timedelta = timedelta(hours=1)
    authorization_code_lifetime: timedelta = timedelta(seconds=60)
    refresh_token_idle_lifetime: timedelta = timedelta(days=30)
    authorization_lifetime: timedelta = timedelta(days=365)
    refresh_retry_window: timedelta = timedelta(seconds=60)
    interaction_lifetime: timedelta = timedelta(hours=1)
    max_stored_clients: int = 10_000
    """Never-used confidential clients kept before the oldest are evicted."""
    never_used_client_lifetime: timedelta = timedelta(days=30)

    @property
    def default_resource(self) -> Resource:
        """The resource of requests that name none."""
        return self.resources[0]

    @property
    def scope_tokens(self) -> tuple[ScopeToken, ...]:
        """Every scope token of the server, each once."""
        known = {token.name: token for resource in self.resources for token in resource.scopes}
        return (*known.values(), OFFLINE_ACCESS)

    @property
    def scopes_supported(self) -> Scope:
        """Every scope token a client may ask for (RFC 8414 §2)."""
        return Scope.of(token.name for token in self.scope_tokens)
