"""The authorization server: everything its endpoints work with, as one frozen value."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from doorward.kit.keyring import Keyring
from doorward.oauth.bounded_audit import BoundedAudit
from doorward.oauth.client_authentication import ClientAuthMethod, Credentials
from doorward.oauth.client_sources import RegisteredClients, StatelessClients
from doorward.oauth.clients import Clients
from doorward.oauth.copies import Copies
from doorward.oauth.fetching import Fetched, FetchKind
from doorward.oauth.grant import AnyGrant, GrantTools
from doorward.oauth.jwk_sets import JwkSet
from doorward.oauth.params import Params
from doorward.oauth.policy import Policy
from doorward.oauth.ports import OAuthDatabase
from doorward.oauth.refused_assertions import RefusedAssertions
from doorward.oauth.tokens.issue import TokenIssuer
from doorward.oauth.tokens.reader import AccessTokenReader


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """The parts of the authorization server."""

    policy: Policy
    database: OAuthDatabase
    keyring: Keyring
    clients: Clients
    stateless_clients: StatelessClients
    stored_clients: RegisteredClients
    grants: tuple[AnyGrant, ...]
    client_auth_methods: tuple[ClientAuthMethod, ...]
    grant_tools: GrantTools
    tokens: TokenIssuer
    access_tokens: AccessTokenReader
    bounded_audit: BoundedAudit
    refused_assertions: RefusedAssertions
    jwk_sets: Copies[JwkSet]
    acceptors: Mapping[FetchKind, Callable[[Fetched], object]]
    """Who takes in what was fetched, by its kind; they block."""

    def credentials(self, params: Params, headers: Iterable[tuple[bytes, bytes]], now: datetime) -> Credentials:
        """What a request presents, with what it is held against."""
        return Credentials.read(
            params, headers, audiences=self.policy.assertion_audiences, jwk_sets=self.jwk_sets, now=now
        )

    def look_anew(self, client_id: str) -> None:
        """Believe nothing from before of that client and of the rules: something about them has changed."""
        self.stored_clients.forget(client_id)
        self.clients.forget_rules()

    def without_look_ups(self) -> "Server":
        """The same server with the same caches, which raises LookUpNeeded where it would have to wait."""
        return replace(self, clients=self.clients.without_look_ups())
