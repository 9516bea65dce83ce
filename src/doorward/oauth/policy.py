"""The policy of this server: addresses, resources, scopes and lifetimes, as one frozen value."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from doorward.oauth.protected_resource import Resource, ScopeToken
from doorward.oauth.scope import Scope


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
    introspection_endpoint: str
    resources: Sequence[Resource]
    """The first one is the default (RFC 8707 §2: what a request without `resource` means); never empty.

    They may change from one request to the next, so look once and keep what was found.
    """
    registration: RegistrationMode = RegistrationMode.OPEN
    fetches_for_strangers: bool = True
    """Whether what clients name about themselves is fetched: their documents, and their keys at `jwks_uri`.

    What an operator registered is fetched in any case.
    """
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

    def resource_of(self, identifier: str) -> Resource | None:
        """The resource of exactly that identifier, as records and tokens name it."""
        return next((resource for resource in self.resources if resource.identifier == identifier), None)

    def access_token_lifetime_at(self, resource: Resource) -> timedelta:
        """How long an access token for a resource lasts."""
        return min(resource.access_token_lifetime or self.access_token_lifetime, self.access_token_lifetime)

    def authorization_lifetime_at(self, resource: Resource) -> timedelta:
        """How long an Authorization for a resource lasts at most."""
        return resource.authorization_lifetime or self.authorization_lifetime

    @property
    def known_scope(self) -> Scope:
        """Every scope token of every resource."""
        return Scope.of(
            (*(token.name for resource in self.resources for token in resource.scopes), OFFLINE_ACCESS.name)
        )

    @property
    def assertion_audiences(self) -> frozenset[str]:
        """What a client assertion may be addressed to: the issuer or the token endpoint (RFC 7523 §3; interop R13)."""
        return frozenset({self.issuer, self.token_endpoint})

    @property
    def scopes_supported(self) -> Scope:
        """The few scope tokens that are advertised: clients take them all (RFC 8414 §2, interop R22)."""
        return Scope.of((*self.default_resource.default_scope, OFFLINE_ACCESS.name))


def scope_tokens_at(resource: Resource) -> tuple[ScopeToken, ...]:
    """Every scope token that can be asked for at a resource, in its own words."""
    return (*resource.scopes, OFFLINE_ACCESS)
