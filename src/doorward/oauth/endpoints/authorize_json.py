"""The authorization call of an operator's own dashboard: the checks and records of the page, without the page."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from doorward.audit import RequestContext
from doorward.oauth import records
from doorward.oauth.access_requests import Asked, ask_administrators, standing
from doorward.oauth.authorization_request import (
    AuthorizationRequest,
    Untrusted,
    read_request,
    trusted_redirect_target,
)
from doorward.oauth.changed_clients import answered
from doorward.oauth.client_changes import changes_since_allowed
from doorward.oauth.code_issue import Decision, issue_code
from doorward.oauth.endpoints.authorize import SOMEBODY_ELSES, deny
from doorward.oauth.errors import (
    AccessDenied,
    ConsentRequired,
    InvalidClient,
    InvalidRequest,
    LoginRequired,
    OAuthError,
    ServerError,
)
from doorward.oauth.interaction import Redirect, SignedInUser
from doorward.oauth.params import Params
from doorward.oauth.server import Server


class Verdict(StrEnum):
    """What the person decided."""

    APPROVE = "approve"
    DENY = "deny"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What to ask the person."""

    request: AuthorizationRequest
    changes: tuple[str, ...]
    """What is different about the client since the person last allowed it, one sentence each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The authorization response, in parts and as one URL."""

    code: str | None
    """None when the person refused."""
    redirect_uri: str
    redirect_to: str
    """Where to send the browser: the redirect URI with its own query kept and the response added."""


def check(server: Server, params: Params, user: SignedInUser, *, now: datetime) -> AuthorizationRequest:
    """The valid authorization request that a dashboard may put before the signed-in person.

    A dashboard always asks, so `prompt=none` cannot be met; after a fresh sign-in it leaves out what demanded one.

    Raises:
        OAuthError: the client or its redirect URI is not to be trusted, something else is wrong with the request
            (RFC 6749 §4.1.2.1), or the person has to sign in again (OIDC Core §3.1.2.6).
    """
    try:
        target = trusted_redirect_target(server, params, now)
    except Untrusted as untrusted:
        raise _in_words_for_developers(untrusted) from None
    request = read_request(server.policy, target, params)
    if not target.client.may_be_used_by(user.user_id):
        raise AccessDenied(SOMEBODY_ELSES.text, reason="client_of_another")
    if "none" in request.prompt:
        raise ConsentRequired
    if request.wants_fresh_login(user, now):
        raise LoginRequired
    if standing(server, target, user).verdict is records.Verdict.DENY:
        raise AccessDenied("an administrator does not allow the user to connect this client")
    return request


def ask(server: Server, params: Params, user: SignedInUser, *, now: datetime) -> Question:
    """What a dashboard asks the person. Raises OAuthError: see `check`."""
    request = check(server, params, user, now=now)
    return Question(
        request=request, changes=changes_since_allowed(server.database, user.user_id, request.target.client)
    )


def decide(
    server: Server, params: Params, user: SignedInUser, verdict: Verdict, *, now: datetime, context: RequestContext
) -> Answer:
    """Record the person's decision and answer the client; each approval is an Authorization of its own.

    Raises:
        OAuthError: see `check`; then nothing was recorded.
    """
    return answered(server, lambda _: _decide(server, params, user, verdict, now=now, context=context))


def _decide(
    server: Server, params: Params, user: SignedInUser, verdict: Verdict, *, now: datetime, context: RequestContext
) -> Answer:
    request = check(server, params, user, now=now)
    redirect_uri = request.target.redirect_uri
    decision = Decision(request=request, user=user, interaction_id=secrets.token_urlsafe(16), now=now, context=context)
    if verdict is Verdict.DENY:
        refusal = deny(server, decision)
        return Answer(code=None, redirect_uri=redirect_uri, redirect_to=refusal.location)
    if ask_administrators(server, request.target, user, now=now, context=context) is not Asked.DECIDED:
        raise AccessDenied("an administrator has to allow this client first; the user's request waits for that")
    issued = issue_code(server, decision)
    if not isinstance(issued, Redirect):  # a fresh interaction is connected to nothing yet
        raise ServerError(reason="interaction_repeated")
    return Answer(code=issued.code, redirect_uri=redirect_uri, redirect_to=issued.location)


def _in_words_for_developers(untrusted: Untrusted) -> OAuthError:
    refused = untrusted.refused
    kind = InvalidClient if refused.error == InvalidClient.error else InvalidRequest
    return kind(f"{refused.title}. {refused.text}")
