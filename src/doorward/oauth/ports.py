"""What the protocol core asks of storage: the hot verbs, and the stores of a unit of work."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from doorward.audit import AuditLog, RequestContext
from doorward.kit.unit_of_work import Database
from doorward.oauth.authorization_ports import (
    AuthorizationStore,
    CodeStore,
    ConsentStore,
    DeclinedScopeStore,
    ResourceStore,
)
from doorward.oauth.client_ports import AccessRequestStore, ClientDocumentStore, ClientStore, InitialAccessTokenStore
from doorward.oauth.records import Authorization, AuthorizationCode, UsedAssertion
from doorward.oauth.scope import Scope

MAX_FAILED_REDEMPTIONS = 5
"""So many wrong verifiers or redirect URIs from the right client kill a code."""

TOUCH_INTERVAL = timedelta(minutes=5)
"""To within it is known when somebody last connected a client."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeClaim:
    """What a token request says about the code it presents (RFC 6749 §4.1.3)."""

    code_hash: bytes
    client_id: str
    redirect_uri: str | None
    code_challenge: str
    """The S256 transformation of the verifier presented (RFC 7636 §4.6)."""
    resource: str | None
    """The canonical resource asked for; None leaves the code's own."""
    assertion: UsedAssertion | None = None
    """What authenticated the client, where that works once only."""
    context: RequestContext = field(default_factory=RequestContext)


@dataclass(frozen=True, slots=True, kw_only=True)
class RefreshClaim:
    """What a token request says about the refresh token it presents, after its MAC was verified."""

    authorization_id: bytes
    generation: int
    client_id: str
    resource: str | None
    scope: Scope | None
    """The granted scope the requested one was checked against; None when no scope was asked for."""
    retry_window: timedelta
    idle_lifetime: timedelta
    assertion: UsedAssertion | None = None
    """What authenticated the client, where that works once only."""
    context: RequestContext = field(default_factory=RequestContext)


@dataclass(frozen=True, slots=True, kw_only=True)
class Redeemed:
    """The verdict of a code or refresh token that was accepted: what tokens are made from."""

    authorization_id: bytes
    public_id: str
    user_id: str
    client_id: str
    scope: Scope
    resource: str
    auth_time: datetime
    expires_at: datetime
    generation: int
    """The generation of the refresh token to issue."""


Claim = CodeClaim | RefreshClaim


class AwaitableTokenPath(Protocol):
    """The hot verbs for an event loop: the same verdicts, awaited instead of waited for."""

    async def present(self, claim: Claim, now: datetime) -> Redeemed | None:
        """Redeem the code or rotate the refresh token that is claimed."""
        ...

    def release(self) -> None:
        """Let go of the running loop, before it ends."""
        ...


class TokenPath(Protocol):
    """The hot verbs: each is its own transaction, one statement with its audit row in it."""

    def redeem_code(self, claim: CodeClaim, now: datetime) -> Redeemed | None:
        """Consume the code and activate its Authorization (generation 1), with its audit row.

        A value for exactly one caller, ever; None for everybody else, and then nothing has changed.
        The conditions: hash, client, redirect URI (when the claim names one), challenge, resource (when named),
        not consumed, not voided, not expired, fewer than MAX_FAILED_REDEMPTIONS failures, Authorization not revoked,
        and the assertion (when the claim has one) never used; it is from now on.
        """
        ...

    def rotate_refresh_token(self, claim: RefreshClaim, now: datetime) -> Redeemed | None:
        """Move the refresh lineage on, with its audit row, in one UPDATE whose row count is the verdict.

        `generation` current: predecessor = presented, current + 1, rotated_at = now.
        Predecessor: within `retry_window` of rotated_at the same current again and nothing moves but last_used_at;
        later current + 1, rotated_at = now and the predecessor stays.
        Ahead of current on a restored Authorization: once, as if it were current.
        Also required: client, resource (when named), scope equal (when named), not revoked, activated,
        expires_at and last_used_at + idle_lifetime in the future, and the assertion (when the claim has one) never
        used; it is from now on. Else None, and nothing has changed.
        """
        ...

    def is_live(self, public_id: str, now: datetime) -> bool:
        """Whether there is such an Authorization, activated, neither revoked nor expired; for introspection."""
        ...

    def use_assertion(self, assertion: UsedAssertion) -> bool:
        """Use up the assertion of a request that is refused; False when it was used before."""
        ...

    def explain_code(self, code_hash: bytes) -> tuple[AuthorizationCode, Authorization] | None:
        """Read a code and its Authorization, to name why it was refused."""
        ...

    def explain_refresh_token(self, authorization_id: bytes) -> Authorization | None:
        """Read the Authorization of a refresh token, to name why it was refused."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class RememberedClaim:
    """An authorization request for which a remembered consent may stand in, and what is to be made of it."""

    session_hash: bytes
    """Of the browser's session: whose consent it is."""
    authenticated_since: datetime | None
    """The earliest sign-in that is fresh enough (OIDC Core §3.1.2.1 `max_age`); None takes any."""
    restricting_subjects: frozenset[str]
    """What rules that restrict the client could be about."""
    allowing_subjects: frozenset[str]
    """What rules that allow it could be about: each of them restricts, too."""
    agent: str | None
    """The id of the known agent that it is."""
    authorization_id: bytes
    public_id: str
    interaction_id: str
    client_id: str
    client_name: str | None
    """As it is believed to be; if it is another, the claim was made of what is not so any more."""
    client_redirect_uris: tuple[str, ...]
    """All of them; the same holds for these."""
    client_scope: Scope | None
    """What the client is held to; the same holds for that."""
    redirect_uri: str
    redirect_host: str
    scope: Scope
    resource: str
    expires_at: datetime
    """The absolute end of the Authorization."""
    code_hash: bytes
    code_challenge: str
    code_expires_at: datetime
    context: RequestContext


class CodePath(Protocol):
    """The hot verb of the authorization endpoint: its own transaction, with its audit row."""

    def issue_remembered(self, claim: RememberedClaim, now: datetime) -> bool:
        """Make an Authorization and its code for the person whose session it is, without asking; the consent stays.

        The conditions: the browser session is live, its sign-in fresh enough and its user enabled; the client is an
        operator's, trusted and as the claim believes it to be, and the rules of this moment allow it to that user; a
        consent of that user for the client, host and resource covers the scope; the interaction is new. Else False,
        and nothing has changed. Whoever disables the user, changes or deletes the client or makes a rule about it at
        the same time either comes first, or finds what was made.
        """
        ...


class AwaitableCodePath(Protocol):
    """The same verb for an event loop."""

    async def issue(self, claim: RememberedClaim, now: datetime) -> bool:
        """As `CodePath.issue_remembered`."""
        ...


class OAuthStores(Protocol):
    """The stores of one unit of work, as the protocol core sees them."""

    @property
    def clients(self) -> ClientStore: ...
    @property
    def client_documents(self) -> ClientDocumentStore: ...
    @property
    def authorizations(self) -> AuthorizationStore: ...
    @property
    def codes(self) -> CodeStore: ...
    @property
    def consents(self) -> ConsentStore: ...
    @property
    def initial_access_tokens(self) -> InitialAccessTokenStore: ...
    @property
    def resources(self) -> ResourceStore: ...
    @property
    def declined_scopes(self) -> DeclinedScopeStore: ...
    @property
    def access_requests(self) -> AccessRequestStore: ...
    @property
    def audit(self) -> AuditLog: ...


OAuthDatabase = Database[OAuthStores]
