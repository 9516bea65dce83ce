"""What stands between an authorization request and its answer: a sign-in, an administrator, the person, or nothing."""

import secrets
from collections.abc import Sequence
from datetime import datetime

from doorward.audit import RequestContext
from doorward.oauth.access_requests import standing
from doorward.oauth.authorization_request import AuthorizationRequest, RedirectTarget
from doorward.oauth.client_changes import changes_since_allowed, digest_of_what_is_shown
from doorward.oauth.code_issue import Decision, issue_code
from doorward.oauth.connected import added, in_words
from doorward.oauth.errors import ConsentRequired, LoginRequired
from doorward.oauth.interaction import AskAdministrator, AskConsent, Login, Refused, SignedInUser, Step
from doorward.oauth.records import Authorization, Verdict
from doorward.oauth.redirect_uri import redirect_host
from doorward.oauth.remembered_consent import asks_anyway, may_stand_in
from doorward.oauth.sealed_interaction import Purpose, seal
from doorward.oauth.server import Server


def next_step(
    server: Server,
    request: AuthorizationRequest,
    query: bytes,
    user: SignedInUser | None,
    *,
    may_issue: bool,
    now: datetime,
    context: RequestContext,
) -> Step:
    """What the person is asked, or the answer where nothing needs asking; without `may_issue` they are always asked.

    Raises:
        OAuthError: the request wants an answer without a page, and it takes one.
    """
    silent = "none" in request.prompt
    if user is None or request.wants_fresh_login(user, now):
        if silent:
            raise LoginRequired
        return ask_to_sign_in(server, request.target, query, request.login_hint, now)
    stands = standing(server, request.target, user)
    if stands.verdict is Verdict.DENY:
        return _not_allowed()
    if stands.verdict is Verdict.ASK:
        if silent:
            raise ConsentRequired
        return AskAdministrator(
            interaction=seal(server.keyring, Purpose.APPROVAL, query, user, now),
            client=request.target.introduction(user),
            email=user.email,
            waiting_since=stands.waiting_since,
        )
    if may_issue and not asks_anyway(request) and _is_remembered(server, request, user):
        made = Decision(
            request=request,
            user=user,
            interaction_id=secrets.token_urlsafe(16),
            now=now,
            context=context,
            was_asked=False,
        )
        return issue_code(server, made)
    if silent:
        raise ConsentRequired
    return AskConsent(
        interaction=seal(
            server.keyring,
            Purpose.CONSENT,
            query,
            user,
            now,
            shown=digest_of_what_is_shown(request.target.client),
        ),
        client=request.target.introduction(user),
        email=user.email,
        resource=request.resource.identifier,
        resource_name=request.resource.name,
        scopes=in_words(request.resource, request.scope),
        idle_lifetime=server.policy.refresh_token_idle_lifetime,
        lifetime=server.policy.authorization_lifetime_at(request.resource),
        stays_connected="refresh_token" in request.target.client.grant_types,
        changes=changes_since_allowed(server.database, user.user_id, request.target.client),
        added=added(request, _live(server, request, user, now)),
        access_token_lifetime=server.policy.access_token_lifetime_at(request.resource),
    )


def ask_to_sign_in(
    server: Server, target: RedirectTarget, query: bytes, login_hint: str | None, now: datetime
) -> Login:
    """Nobody is signed in, or not lately enough."""
    interaction = seal(server.keyring, Purpose.LOGIN, query, None, now)
    return Login(interaction=interaction, client=target.introduction(), login_hint=login_hint)


def _live(server: Server, request: AuthorizationRequest, user: SignedInUser, now: datetime) -> Sequence[Authorization]:
    client_id, resource = request.target.client.client_id, request.resource.identifier
    return server.database.read(lambda s: s.authorizations.list_live(user.user_id, client_id, resource, now))


def _is_remembered(server: Server, request: AuthorizationRequest, user: SignedInUser) -> bool:
    """Whether the person may be spared the question: nothing is asked for beyond what they saw."""
    if not may_stand_in(request.target):
        return False
    client_id, resource = request.target.client.client_id, request.resource.identifier
    host = redirect_host(request.target.redirect_uri)
    consent = server.database.read(lambda s: s.consents.find(user.user_id, client_id, host, resource))
    return consent is not None and not request.scope.beyond(consent.scope)


def _not_allowed() -> Refused:
    return Refused(
        status=403,
        error="access_denied",
        title="This app is not allowed for you",
        text="An administrator of this server decided that you cannot connect this app.",
        help=("Ask the administrator if you need it.",),
    )
