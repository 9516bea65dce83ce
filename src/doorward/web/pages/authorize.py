"""The authorization endpoint, as browsers see it (RFC 6749 §3.1)."""

from starlette.responses import Response

from doorward.oauth.endpoints.authorize import start
from doorward.web.pages.page import Page
from doorward.web.pages.steps import show_step
from doorward.web.pages.visit import Visit


async def authorize(visit: Visit) -> Response:
    """Show what stands between the request and its answer; the parameters come in the query, or posted."""
    parameters = visit.body if visit.request.method == "POST" else visit.query
    web, user = visit.web, await visit.user()
    may_issue = visit.request.method != "HEAD"
    step = await web.run(start, web.server, parameters, user, now=visit.now, context=visit.context, may_issue=may_issue)
    return show_step(visit, step)


PAGE = Page(path="/oauth/authorize", get=authorize, post=authorize, accepts_foreign_posts=True, keeps_opener=True)
