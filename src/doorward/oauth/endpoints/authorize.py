"""The authorization endpoint (RFC 6749 §3.1): a request or a decision comes in, and the next step goes out."""

from collections.abc import Generator
from contextlib import contextmanager
from datetime import datetime
from urllib.parse import quote_plus

import structlog

from doorward.audit import AuditEvent, AuditTag, RequestContext
from doorward.kit.unit_of_work import DatabaseUnavailable
from doorward.oauth.access_requests import Asked, ask_administrators
from doorward.oauth.authorization_request import (
    RedirectTarget,
    Untrusted,
    read_parameters,
    read_request,
    sendable,
    trusted_redirect_target,
)
from doorward.oauth.changed_clients import ClientChanged, answered
from doorward.oauth.client_changes import digest_of_what_is_shown
from doorward.oauth.code_issue import Decision, issue_code, withdraw
from doorward.oauth.connected import in_words, scope_of
from doorward.oauth.errors import AccessDenied, OAuthError, ServerError, TemporarilyUnavailable
from doorward.oauth.interaction import Denied, Redirect, Refused, SignedInUser, Step
from doorward.oauth.next_step import ask_to_sign_in, next_step
from doorward.oauth.params import Params
from doorward.oauth.records import ClientOrigin
from doorward.oauth.redirect_uri import is_private_use
from doorward.oauth.sealed_interaction import Interaction, Purpose, unseal
from doorward.oauth.server import Server

log = structlog.get_logger(__name__)

SOMEBODY_ELSES = Refused(
    status=403,
    error="access_denied",
    title="This app is not for you",
    text="Somebody made this app for themself, and the administrator did not share it.",
    help=("Ask the administrator of this server if you need it.",),
)
"""For everybody but the owner of a client that a person made; nobody is redirected to it."""


def start(
    server: Server,
    query: bytes,
    user: SignedInUser | None,
    *,
    now: datetime,
    context: RequestContext,
    may_issue: bool = True,
) -> Step:
    """Answer an authorization request: `query` is the raw urlencoded text of the GET or POST.

    A GET uses nothing up: whatever must last travels sealed in the form. Without `may_issue` (a HEAD request) the
    person is asked even where they would be spared.
    """
    query = sendable(query)  # what is sealed goes into a Location header later
    return answered(
        server, lambda again: _start(server, query, user, now=now, context=context, may_issue=may_issue, again=again)
    )


def _start(
    server: Server,
    query: bytes,
    user: SignedInUser | None,
    *,
    now: datetime,
    context: RequestContext,
    may_issue: bool,
    again: bool,
) -> Step:
    try:
        params = read_parameters(query)
        target = trusted_redirect_target(server, params, now)
    except Untrusted as untrusted:
        return untrusted.refused
    silent = _is_silent(params) and not is_private_use(target.redirect_uri)
    is_for_them = user is None or target.client.may_be_used_by(user.user_id)
    if not (is_for_them or silent):
        return SOMEBODY_ELSES
    try:
        if not is_for_them:
            raise AccessDenied(reason="client_of_another")
        request = read_request(server.policy, target, params)
        with _failures_told(user):
            return next_step(server, request, query, user, may_issue=may_issue, now=now, context=context)
    except OAuthError as error:
        if isinstance(error, ClientChanged) and not again:
            raise
        if user is None and not silent and target.client.origin is not ClientOrigin.OPERATOR:
            # No redirect before somebody signed in: this would be an open redirector (OAuth 2.1 §7.12.2).
            return ask_to_sign_in(server, target, query, params.get("login_hint"), now)
        return Redirect(location=target.with_error(error))


def decide(
    server: Server,
    interaction: str,
    user: SignedInUser | None,
    decision: str,
    *,
    now: datetime,
    context: RequestContext,
) -> Step:
    """Take the person's decision from the consent form."""
    return answered(
        server,
        lambda again: _decide(server, interaction, user, decision, now=now, context=context, again=again),
    )


def _decide(
    server: Server,
    interaction: str,
    user: SignedInUser | None,
    decision: str,
    *,
    now: datetime,
    context: RequestContext,
    again: bool,
) -> Step:
    try:
        user, pending, target = _pending(server, Purpose.CONSENT, interaction, user, now=now, context=context)
    except Untrusted as untrusted:
        return untrusted.refused
    if decision not in ("approve", "deny"):
        return _refused(400, "Nothing was decided", "The form did not say whether to allow or to refuse.")
    try:
        request = read_request(server.policy, target, read_parameters(pending.query))
        if request.wants_fresh_login(user, now):
            return ask_to_sign_in(server, target, pending.query, request.login_hint, now)
        if decision == "approve" and pending.shown not in (None, digest_of_what_is_shown(target.client)):
            # A yes is for what the person saw: where that is no longer so, the person is asked again.
            with _failures_told(user):
                return next_step(server, request, pending.query, user, may_issue=False, now=now, context=context)
        made = Decision(request=request, user=user, interaction_id=pending.id, now=now, context=context)
        with _failures_told(user):
            return deny(server, made) if decision == "deny" else issue_code(server, made)
    except OAuthError as error:
        if isinstance(error, ClientChanged) and not again:
            raise
        return Redirect(location=target.with_error(error))


def ask_for_approval(
    server: Server, interaction: str, user: SignedInUser | None, *, now: datetime, context: RequestContext
) -> Refused | bytes:
    """Ask the administrators in the person's name; the query to return to the authorization endpoint with."""
    try:
        user, pending, target = _pending(server, Purpose.APPROVAL, interaction, user, now=now, context=context)
    except Untrusted as untrusted:
        return untrusted.refused
    if ask_administrators(server, target, user, now=now, context=context) is not Asked.TOO_MANY:
        return pending.query
    text = "You asked the administrators for many apps, and they have not decided yet."
    return _refused(429, "Too many of your requests wait", text)


def deny(server: Server, decision: Decision) -> Redirect | Denied:
    """Record a refusal; a stranger gets its answer only when the person follows the link."""
    live = withdraw(server, decision)
    target = decision.request.target
    location = target.with_error(AccessDenied())
    if target.client.origin is ClientOrigin.OPERATOR:
        return Redirect(location=location)
    keeps = in_words(decision.request.resource, scope_of(live)) if live else None
    return Denied(location=location, client=target.introduction(), keeps=keeps)


def resume(server: Server, interaction: str, *, now: datetime) -> bytes | None:
    """The query to return to the authorization endpoint with after a sign-in, or None when the form is too old.

    What asked for the sign-in is taken out of it, everything else stays byte for byte.
    """
    purposes = (Purpose.LOGIN, Purpose.CONSENT)  # from a consent form the person may go back to sign in as another
    found = (unseal(server.keyring, purpose, interaction, server.policy, now) for purpose in purposes)
    pending = next(filter(None, found), None)
    return b"&".join(_satisfied(pending.query)) if pending is not None else None


@contextmanager
def _failures_told(user: SignedInUser | None) -> Generator[None]:
    """Once somebody signed in, the client learns that the server failed (RFC 6749 §4.1.2.1); before, a page says so."""
    try:
        yield
    except OAuthError:
        raise
    except Exception as failure:
        if user is None:
            raise
        log.exception("authorization_failed")
        raise TemporarilyUnavailable if isinstance(failure, DatabaseUnavailable) else ServerError from failure


def _pending(
    server: Server, purpose: Purpose, sealed: str, user: SignedInUser | None, *, now: datetime, context: RequestContext
) -> tuple[SignedInUser, Interaction, RedirectTarget]:
    """Whose form of this very session it is, the request it carries, and where that may be answered.

    Raises:
        Untrusted: it is another's or too old, or its client or redirect URI can no longer be trusted, or
            the client is for somebody else.
    """
    pending = unseal(server.keyring, purpose, sealed, server.policy, now)
    if pending is None:
        raise Untrusted(_refused(400, "This page has expired", "The form was left open for too long or is damaged."))
    if user is None or not pending.belongs_to(user):
        who = user.user_id if user is not None else None
        server.bounded_audit.record(
            AuditEvent(tag=AuditTag.FORM_REFUSED, at=now, user_id=who, context=context, detail={"reason": "session"})
        )
        text = "You have signed out or in again since it opened."
        raise Untrusted(_refused(403, "This page belongs to another sign-in", text))
    target = trusted_redirect_target(server, read_parameters(pending.query), now)
    if not target.client.may_be_used_by(user.user_id):
        raise Untrusted(SOMEBODY_ELSES)
    return user, pending, target


def _is_silent(params: Params) -> bool:
    """Whether the client asked for an answer without any page: the one case in which nobody need sign in first."""
    return not params.is_repeated("prompt") and set((params.get("prompt") or "").split()) == {"none"}


def _satisfied(query: bytes) -> list[bytes]:
    """The pairs of a query without what a fresh sign-in answers: `max_age` and two values of `prompt`."""
    kept: list[bytes] = []
    for pair in query.split(b"&"):
        params = Params.parse(pair)
        if params.is_present("max_age"):
            continue
        if (prompt := params.get("prompt")) is not None:
            rest = " ".join(word for word in prompt.split() if word not in ("login", "select_account"))
            if rest:
                kept.append(b"prompt=" + quote_plus(rest).encode())
            continue
        kept.append(pair)
    return kept


def _refused(status: int, title: str, text: str) -> Refused:
    advice = "Go back to the application you came from and connect again."
    return Refused(status=status, error="invalid_request", title=title, text=text, help=(advice,))
