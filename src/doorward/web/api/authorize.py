"""The authorization call of an operator's own dashboard: what to ask a person, and the answer for the client."""

from datetime import datetime, timedelta
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict
from starlette.responses import JSONResponse

from doorward.identity.records import SignedIn
from doorward.oauth.endpoints import authorize_json
from doorward.oauth.endpoints.authorize_json import Question, Verdict
from doorward.oauth.errors import AccessDenied, InvalidRequest, OAuthError
from doorward.oauth.fetching import Fetch
from doorward.oauth.interaction import SignedInUser
from doorward.oauth.needs import authorization_needs
from doorward.oauth.params import Params
from doorward.oauth.policy import Policy, scope_tokens_at
from doorward.oauth.server import Server
from doorward.web.api.current_user import ComposedServer, CurrentUser, get_web
from doorward.web.api.errors import MalformedRequest
from doorward.web.api.json_body import Body, read_object, request_body, validate
from doorward.web.context import Web
from doorward.web.fetching import fetch_needed

router = APIRouter(prefix="/api/oauth/authorize", tags=["authorization"])


class AuthorizeBody(Body):
    """The parameters of the authorization request as the client sent them, and what the person decided.

    Parameters this server does not know are ignored (RFC 6749 §3.1).
    """

    model_config = ConfigDict(extra="ignore")

    client_id: str | None = None
    response_type: str | None = None
    redirect_uri: str | None = None
    code_challenge: str | None = None
    code_challenge_method: str | None = None
    state: str | None = None
    scope: str | None = None
    resource: str | None = None
    prompt: str | None = None
    max_age: str | None = None
    response_mode: str | None = None
    request: str | None = None
    request_uri: str | None = None
    decision: Literal["approve", "deny"] = "approve"


class ClientAnswer(BaseModel):
    """Who asks; `name` is the client's own claim unless `verified`."""

    client_id: str
    name: str
    verified: bool
    redirect_host: str
    runs_on_this_computer: bool
    made_by_you: bool
    verified_host: str | None
    """The host that describes the client, which TLS proved."""


class AccountAnswer(BaseModel):
    """Whose access is asked for."""

    email: str


class ResourceAnswer(BaseModel):
    """What the access is to."""

    identifier: str
    name: str


class ScopeAnswer(BaseModel):
    """One scope token, and what it means in words."""

    name: str
    words: str


class LifetimesAnswer(BaseModel):
    """For how long, in seconds; `idle` and `connection` only when the client stays connected."""

    access_token: int
    idle: int | None
    connection: int | None


class ConsentAnswer(BaseModel):
    """What a dashboard must show before it asks."""

    client: ClientAnswer
    account: AccountAnswer
    resource: ResourceAnswer
    scopes: list[ScopeAnswer]
    stays_connected: bool
    lifetimes: LifetimesAnswer
    changes: list[str]
    """What is different about the client since the person last allowed it, one sentence each."""

    @classmethod
    def of(cls, question: Question, user: SignedIn, policy: Policy) -> "ConsentAnswer":
        asked = question.request
        client = asked.target.introduction(_as_the_core_knows_them(user))
        stays_connected = "refresh_token" in asked.target.client.grant_types
        return cls(
            client=ClientAnswer(
                client_id=client.client_id,
                name=client.name,
                verified=client.is_verified,
                redirect_host=client.redirect_host,
                runs_on_this_computer=client.runs_on_this_computer,
                made_by_you=client.is_own,
                verified_host=client.verified_host,
            ),
            account=AccountAnswer(email=user.user.email),
            resource=ResourceAnswer(identifier=asked.resource.identifier, name=asked.resource.name),
            scopes=[
                ScopeAnswer(name=t.name, words=t.words)
                for t in scope_tokens_at(asked.resource)
                if t.name in asked.scope
            ],
            stays_connected=stays_connected,
            lifetimes=LifetimesAnswer(
                access_token=_seconds(policy.access_token_lifetime_at(asked.resource)),
                idle=_seconds(policy.refresh_token_idle_lifetime) if stays_connected else None,
                connection=_seconds(policy.authorization_lifetime_at(asked.resource)) if stays_connected else None,
            ),
            changes=list(question.changes),
        )


class AnswerParts(BaseModel):
    """The authorization response; send the browser to `redirect_to` as it stands."""

    state: str | None
    redirect_uri: str
    iss: str
    redirect_to: str


class AuthorizeAnswer(AnswerParts):
    """A code for the client."""

    code: str


class DeniedAnswer(AnswerParts):
    """The refusal for the client."""

    error: Literal["access_denied"] = "access_denied"
    error_description: str


class AuthorizationRefused(Exception):
    """The authorization request is wrong; carries what the answer says (RFC 6749 §4.1.2.1, RFC 9207 §2)."""

    def __init__(self, error: OAuthError, state: str | None) -> None:
        super().__init__(error.error)
        self.error = error
        self.state = state


async def read_body(request: Request, _user: CurrentUser) -> AuthorizeBody:
    """The body of a caller who is signed in."""
    state = None
    try:
        members = await read_object(request)
        sent = members.get("state")
        state = sent if isinstance(sent, str) else None
        return validate(members, AuthorizeBody)
    except MalformedRequest as error:
        raise AuthorizationRefused(InvalidRequest(error.description), state) from None


@router.post("", openapi_extra=request_body(AuthorizeBody))
async def decide(
    request: Request, web: ComposedServer, user: CurrentUser, body: Annotated[AuthorizeBody, Depends(read_body)]
) -> AuthorizeAnswer | DeniedAnswer:
    """Answer the client in the person's name: the call states what they decided.

    The checks, the record of the consent and the audit trail are those of the consent page.
    """
    state, params = body.state or None, Params.of(body.model_dump(exclude={"decision"}))
    await _fetch_needed(web, params)
    try:
        answer = await web.run(
            authorize_json.decide,
            web.server,
            params,
            _as_the_core_knows_them(user),
            Verdict(body.decision),
            now=web.clock.now(),
            context=web.request_context(request),
        )
    except OAuthError as error:
        raise AuthorizationRefused(error, state) from None
    parts = AnswerParts(
        state=state,
        redirect_uri=answer.redirect_uri,
        iss=web.server.policy.issuer,
        redirect_to=answer.redirect_to,
    )
    if answer.code is None:
        return DeniedAnswer(error_description=AccessDenied.default_description, **parts.model_dump())
    return AuthorizeAnswer(code=answer.code, **parts.model_dump())


@router.get("")
async def describe(request: Request, web: ComposedServer, user: CurrentUser) -> ConsentAnswer:
    """What a dashboard must show before it asks the person: who asks, for what, and for how long."""
    state = None
    try:
        params = Params.parse(request.scope["query_string"])
        state = None if params.is_repeated("state") else params.get("state")
        await _fetch_needed(web, params)
        asked = await web.run(
            authorize_json.ask, web.server, params, _as_the_core_knows_them(user), now=web.clock.now()
        )
    except OAuthError as error:
        raise AuthorizationRefused(error, state) from None
    return ConsentAnswer.of(asked, user, web.server.policy)


async def render_refused(request: Request, error: AuthorizationRefused) -> JSONResponse:
    """The handler for a wrong authorization request."""
    issuer = get_web(request).server.policy.issuer
    status = error.error.status if error.error.status >= 500 else 400
    return JSONResponse({**error.error.as_json(), "state": error.state, "iss": issuer}, status_code=status)


async def _fetch_needed(web: Web, params: Params) -> None:
    def needs(server: Server, now: datetime) -> tuple[Fetch, ...]:
        return authorization_needs(server, params, now)

    await fetch_needed(web, needs)


def _as_the_core_knows_them(user: SignedIn) -> SignedInUser:
    return SignedInUser(
        user_id=user.user.id,
        email=user.user.email,
        session_hash=user.session.token_hash,
        auth_time=user.session.authenticated_at,
    )


def _seconds(lifetime: timedelta) -> int:
    return int(lifetime.total_seconds())
