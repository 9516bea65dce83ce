"""The people who wait for an administrator, and what is decided about them."""

from dataclasses import dataclass

from starlette.responses import Response

from doorward.identity.records import SignedIn
from doorward.oauth.client_rules import describe_subject
from doorward.oauth.known_clients import KnownClients
from doorward.oauth.records import AccessRequest
from doorward.oauth.redirect_uri import redirect_host
from doorward.operations.decide_access_request import decide_access_request
from doorward.operations.list_access_requests import list_access_requests
from doorward.web.pages.form import parse_form
from doorward.web.pages.page import Page
from doorward.web.pages.problem import HOME, Problem, ProblemPage, malformed
from doorward.web.pages.visit import Visit, page_response, see_other
from doorward.web.words import Day, day

SHOWN = 100
NOTICES = {
    "allowed": "Allowed. The app can be connected now.",
    "refused": "Refused. The app cannot be connected, and what was connected has ended.",
    "gone": "That request was decided before, or its person stopped waiting. Nothing has changed.",
}
_DECISIONS = {
    "allow": (True, False),
    "allow-everybody": (True, True),
    "refuse": (False, False),
    "refuse-everybody": (False, True),
}
"""Whether it is approved, and whether for everybody."""
_ADMINISTRATORS_ONLY = ProblemPage(
    title="Only administrators come in here",
    text="This page is for people who administer this server, and your account does not.",
    link=HOME,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """One request, as an administrator sees it."""

    id: str
    email: str
    name: str
    agent: str | None
    redirect_host: str
    subject: str
    since: Day
    form_token: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessRequestsPage:
    """Everybody who waits, the oldest first."""

    title: str = "Requests to connect an app"
    waiting: tuple[Waiting, ...]
    more: int
    notice: str | None


async def show_requests(visit: Visit) -> Response:
    """The page, for administrators only."""
    current = await visit.signed_in()
    if current is None:
        return see_other("/sign-in")
    _require_administrator(current)
    found = await visit.web.run(list_access_requests, visit.web.database)
    known = visit.web.server.clients.known
    return page_response(
        AccessRequestsPage(
            waiting=tuple(_waiting(visit, request, email, known) for request, email in found[:SHOWN]),
            more=max(len(found) - SHOWN, 0),
            notice=NOTICES.get(parse_form(visit.query).get("done") or ""),
        )
    )


async def decide(visit: Visit) -> Response:
    """Carry a decision out; of two administrators who decide at once, the first counts."""
    request_id, decision = visit.form.require("request"), visit.form.require("decision")
    current = await visit.signed_in()
    if current is None:
        return see_other("/sign-in")
    _require_administrator(current)
    visit.require_form_token(_purpose(request_id))
    if decision not in _DECISIONS:
        raise malformed("It does not say what was decided.")
    approve, for_everybody = _DECISIONS[decision]
    decided = await visit.web.run(
        decide_access_request,
        visit.web.database,
        request_id=request_id,
        approve=approve,
        for_everybody=for_everybody,
        by_user=current.user.id,
        now=visit.now,
        context=visit.context,
    )
    visit.web.server.clients.forget_rules()
    done = "gone" if decided is None else "allowed" if approve else "refused"
    return see_other(f"/account/requests?done={done}")


def _require_administrator(current: SignedIn) -> None:
    if not current.user.is_administrator:
        raise Problem(403, _ADMINISTRATORS_ONLY)


def _waiting(visit: Visit, request: AccessRequest, email: str, known: KnownClients) -> Waiting:
    client = visit.web.server.clients.find(request.client_id, visit.now)
    identity = known.identify(client, request.redirect_uri) if client is not None else None
    looks = "" if identity is None or identity.is_certain else "what looks like "
    return Waiting(
        id=request.id,
        email=email,
        name=request.client_name or "An app without a name",
        agent=f"{looks}{identity.agent.name}" if identity is not None else None,
        redirect_host=redirect_host(request.redirect_uri),
        subject=describe_subject(request.subject, known),
        since=day(request.created_at, visit.now),
        form_token=visit.form_token(_purpose(request.id)),
    )


def _purpose(request_id: str) -> str:
    return f"access-request/{request_id}"


PAGE = Page(path="/account/requests", get=show_requests, post=decide)
