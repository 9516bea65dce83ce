"""The authorization endpoint, as browsers see it (RFC 6749 §3.1)."""

from datetime import datetime

import structlog
from starlette.responses import Response

from doorward.identity.records import SessionKind
from doorward.identity.sessions import session_hash
from doorward.oauth.endpoints.authorize import start
from doorward.oauth.fetching import Fetch
from doorward.oauth.interaction import Redirect, Step
from doorward.oauth.needs import query_needs
from doorward.oauth.remembered_consent import prepare
from doorward.oauth.server import Server
from doorward.operations.find_session import find_session
from doorward.web.fetching import fetch_needed
from doorward.web.pages.page import Page
from doorward.web.pages.steps import show_step
from doorward.web.pages.visit import Visit, in_core_words

log = structlog.get_logger(__name__)


async def authorize(visit: Visit) -> Response:
    """Show what stands between the request and its answer; the parameters come in the query, or posted."""
    parameters = visit.body if visit.request.method == "POST" else visit.query

    def needs(server: Server, now: datetime) -> tuple[Fetch, ...]:
        return query_needs(server, parameters, now)

    if (spared := await _spared(visit, parameters)) is not None:
        return show_step(visit, spared)
    await fetch_needed(visit.web, needs)
    return show_step(visit, await visit.web.run(_next_step, visit, parameters))


async def _spared(visit: Visit, parameters: bytes) -> Redirect | None:
    """The answer where a remembered consent stands in for the person's, at the price of one unit of work."""
    token = visit.session_token
    if token is None or not _may_issue(visit):
        return None
    hashed = session_hash(token, SessionKind.BROWSER)
    if hashed is None:
        return None
    prepared = prepare(visit.web.warm_server, parameters, hashed, now=visit.now, context=visit.context)
    if prepared is None:
        return None
    try:
        is_issued = await visit.web.issue_remembered(prepared.claim, visit.now)
    except Exception:  # whoever it is that asks is not known yet, and so neither who may be told
        log.exception("authorization_failed")
        return None
    return prepared.answer() if is_issued else None


def _next_step(visit: Visit, parameters: bytes) -> Step:
    web, token = visit.web, visit.session_token
    current = token and find_session(web.database, token=token, kind=SessionKind.BROWSER, now=visit.now)
    user = in_core_words(current) if current else None
    may_issue, context = _may_issue(visit), visit.context
    return start(web.server, parameters, user, now=visit.now, context=context, may_issue=may_issue)


def _may_issue(visit: Visit) -> bool:
    """A HEAD request is safe (RFC 9110 §9.2.1)."""
    return visit.request.method != "HEAD"


PAGE = Page(path="/oauth/authorize", get=authorize, post=authorize, accepts_foreign_posts=True, keeps_opener=True)
