"""The authorization request: first the target that may be trusted, then everything else (RFC 6749 §4.1.1)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import quote, quote_plus

import structlog

from doorward.kit import urls
from doorward.oauth import pkce
from doorward.oauth.agents import Identity
from doorward.oauth.allowed_scope import allowed_scope
from doorward.oauth.errors import InvalidRequest, InvalidScope, OAuthError, UnsupportedResponseType
from doorward.oauth.interaction import ClientIntroduction, Refused, SignedInUser
from doorward.oauth.known_clients import KnownClients
from doorward.oauth.params import Params
from doorward.oauth.policy import Policy
from doorward.oauth.protected_resource import Resource
from doorward.oauth.records import Client, ClientOrigin
from doorward.oauth.redirect_uri import is_acceptable, is_private_use, matches, redirect_host, runs_on_this_computer
from doorward.oauth.resource import choose_resource
from doorward.oauth.scope import MalformedScope, Scope
from doorward.oauth.server import Server

_RETURN_TO_APP = "Go back to the application you came from and connect again."
MAX_QUERY = 16 * 1024
_QUERY_CHARACTERS = "!$%&'()*+,-./:;=?@_~"
_PROMPTS = frozenset({"none", "login", "consent", "select_account"})
_MOST_LOGGED = 200

log = structlog.get_logger(__name__)


class Untrusted(Exception):
    """There is no target that may be told anything: the answer is a page (RFC 6749 §4.1.2.1)."""

    def __init__(self, refused: Refused) -> None:
        super().__init__(refused.error)
        self.refused = refused


@dataclass(frozen=True, slots=True, kw_only=True)
class RedirectTarget:
    """A client and a redirect URI of its own: where an answer may go."""

    client: Client
    redirect_uri: str
    identity: Identity | None = None
    """The known agent behind it."""
    state: str | None
    issuer: str

    def with_code(self, code: str) -> str:
        """The authorization response (RFC 6749 §4.1.2, RFC 9207 §2)."""
        return self._with({"code": code})

    def with_error(self, error: OAuthError) -> str:
        """The error response (RFC 6749 §4.1.2.1, RFC 9207 §2)."""
        return self._with({"error": error.error, "error_description": error.description})

    def introduction(self, reader: SignedInUser | None = None) -> ClientIntroduction:
        """Who asks, for a page; only its owner learns that somebody made it themself."""
        return ClientIntroduction(
            client_id=self.client.client_id,
            name=self.client.client_name or "An application without a name",
            is_verified=self.client.origin is ClientOrigin.OPERATOR,
            verified_host=self.client.document_host,
            redirect_host=_destination(self.redirect_uri),
            runs_on_this_computer=runs_on_this_computer(self.redirect_uri),
            is_own=reader is not None and self.client.owner_id == reader.user_id,
            agent=self.identity.agent.name if self.identity is not None else None,
            vendor=self.identity.agent.vendor if self.identity is not None else None,
            is_agent=self.identity is not None and self.identity.is_certain,
        )

    def _with(self, members: dict[str, str]) -> str:
        if self.state is not None:
            members["state"] = self.state
        members["iss"] = self.issuer
        query = "&".join(f"{name}={quote_plus(value)}" for name, value in members.items())
        joint = "" if self.redirect_uri.endswith(("?", "&")) else "&" if "?" in self.redirect_uri else "?"
        return f"{self.redirect_uri}{joint}{query}"


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizationRequest:
    """A valid authorization request."""

    target: RedirectTarget
    code_challenge: str
    scope: Scope
    resource: Resource
    prompt: frozenset[str]
    max_age: timedelta | None
    login_hint: str | None

    def wants_fresh_login(self, user: SignedInUser, now: datetime) -> bool:
        """Whether the person has to sign in although they are (OIDC Core §3.1.2.1 `prompt`, `max_age`)."""
        stale = self.max_age is not None and now - user.auth_time > self.max_age
        return stale or not self.prompt.isdisjoint({"login", "select_account"})


def sendable(query: bytes) -> bytes:
    """The query with everything escaped that could not stand in a Location header."""
    return quote(query, safe=_QUERY_CHARACTERS).encode()


def read_parameters(query: bytes) -> Params:
    """Read the urlencoded text of a request.

    Raises:
        Untrusted: it is none.
    """
    try:
        return Params.parse(sendable(query), max_bytes=MAX_QUERY)
    except InvalidRequest as error:
        text = f"The app that sent you made a mistake: {error.description}."
        raise Untrusted(_refused("invalid_request", "This link is broken", text)) from None


def trusted_redirect_target(server: Server, params: Params, now: datetime) -> RedirectTarget:
    """The client and the redirect URI, if both are beyond doubt.

    Raises:
        Untrusted: they are not, and nobody may be redirected.
    """
    client, known = _known_client(server, params, now), server.clients.known
    redirect_uri = _registered_redirect_uri(client, params, known)
    return RedirectTarget(
        client=client,
        redirect_uri=redirect_uri,
        identity=known.identify(client, redirect_uri),
        state=None if params.is_repeated("state") else params.get("state"),
        issuer=server.policy.issuer,
    )


def read_request(policy: Policy, target: RedirectTarget, params: Params) -> AuthorizationRequest:
    """Everything else about the request.

    Raises:
        OAuthError: for the client to know, once it may be told (RFC 6749 §4.1.2.1).
    """
    params.refuse_repeated()
    for unsupported in ("request", "request_uri"):
        if params.is_present(unsupported):
            raise InvalidRequest(f"the parameter {unsupported} is not supported")
    if params.require("response_type") != "code":
        raise UnsupportedResponseType
    if params.get("response_mode") not in (None, "query"):
        raise InvalidRequest("response_mode must be query")
    challenge = pkce.require_challenge(params)
    prompt = _prompt(params)
    max_age = _max_age(params)
    resource = choose_resource(policy, params.every("resource"))
    return AuthorizationRequest(
        target=target,
        code_challenge=challenge,
        scope=_scope(target.client, resource, params),
        resource=resource,
        prompt=prompt,
        max_age=max_age,
        login_hint=params.get("login_hint"),
    )


def _destination(redirect_uri: str) -> str:
    """Where an answer goes; a scheme must not look like a host."""
    place = redirect_host(redirect_uri)
    return f"an app on this computer ({place}//)" if is_private_use(redirect_uri) else place


def _known_client(server: Server, params: Params, now: datetime) -> Client:
    client_id = params.get("client_id")
    if client_id is None or params.is_repeated("client_id"):
        raise Untrusted(_refused("invalid_request", "This link is incomplete", "It does not say which app sent you."))
    client = server.clients.find(client_id, now)
    if client is None or not server.clients.may_connect(client_id, now):
        if server.clients.describes_itself_elsewhere(client_id):
            raise Untrusted(_without_description(client_id))
        if server.clients.is_like_an_address(client_id):
            log.info("client_document_refused", client_id=_loggable(client_id), reason="url_not_allowed")
            raise Untrusted(_without_description(client_id))
        raise Untrusted(
            Refused(
                status=400,
                error="invalid_client",
                title="This app is not known here",
                text="The app that sent you uses a registration that this server does not have.",
                help=server.clients.known.repair_steps(client_id=client_id, redirect_uri=params.get("redirect_uri")),
            )
        )
    if server.clients.is_blocked(client, now):
        text = "The administrator of this server does not allow this app to connect."
        raise Untrusted(
            _refused("invalid_client", "This app is blocked", text, "Ask the administrator if you need it.")
        )
    return client


def _registered_redirect_uri(client: Client, params: Params, known: KnownClients) -> str:
    presented = params.get("redirect_uri")
    if params.is_repeated("redirect_uri") or (presented is None and params.is_present("redirect_uri")):
        raise Untrusted(_refused("invalid_request", "This link is broken", "The return address is empty or repeated."))
    if presented is None:
        if len(client.redirect_uris) != 1:
            raise Untrusted(_refused("invalid_request", "This link is incomplete", "It names no return address."))
        presented = client.redirect_uris[0]
    if not is_acceptable(presented, known.redirect_schemes) or not any(
        matches(registered, presented) for registered in client.redirect_uris
    ):
        raise Untrusted(
            Refused(
                status=400,
                error="invalid_request",
                title="The return address is not registered",
                text="The app asked to be answered at an address that it did not register, so it gets no answer.",
                help=known.repair_steps(client_id=client.client_id, redirect_uri=presented),
            )
        )
    return presented


def _loggable(address: str) -> str:
    """As much of an address as may stand in a log: no userinfo, no query, not without end."""
    return address.partition("?")[0].partition("#")[0].rpartition("@")[2][:_MOST_LOGGED]


def _without_description(client_id: str) -> Refused:
    """One page, whatever is wrong: why is not for strangers to know."""
    document = urls.parse(client_id)
    host = document.host if document is not None and document.host else "its host"
    return Refused(
        status=400,
        error="invalid_client",
        title="This app could not be identified",
        text=f"It says that {host} describes it, but no valid description could be read from there.",
        help=(
            "Wait a minute, then go back to the application you came from and connect again.",
            "If it happens again, tell whoever makes the application.",
        ),
    )


def _refused(error: str, title: str, text: str, advice: str = _RETURN_TO_APP) -> Refused:
    return Refused(status=400, error=error, title=title, text=text, help=(advice,))


def _prompt(params: Params) -> frozenset[str]:
    prompt = frozenset((params.get("prompt") or "").split()) & _PROMPTS
    if "none" in prompt and len(prompt) > 1:
        raise InvalidRequest("prompt=none stands alone")
    return prompt


def _max_age(params: Params) -> timedelta | None:
    text = params.get("max_age")
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        raise InvalidRequest("max_age must be a number of seconds")
    return timedelta(seconds=int(text))


def _scope(client: Client, resource: Resource, params: Params) -> Scope:
    """The scope to ask the person for: unknown tokens are dropped, and nothing left means the default (interop R22)."""
    try:
        asked = Scope.parse(params.get("scope") or "")
    except MalformedScope:
        raise InvalidScope("the scope is malformed", reason="scope_malformed") from None
    allowed = allowed_scope(client, resource)
    scope = asked.within(allowed)
    if not scope.within(resource.known_scope):
        scope = Scope.of((*resource.default_scope.within(allowed), *scope))
    if not scope:
        raise InvalidScope("the client may not ask for any scope of this resource", reason="scope_not_allowed")
    return scope
