"""The decision of a person about a client."""

from datetime import datetime

from starlette.responses import Response

from doorward.oauth.endpoints.authorize import decide
from doorward.oauth.fetching import Fetch
from doorward.oauth.needs import form_needs
from doorward.oauth.sealed_interaction import Purpose
from doorward.oauth.server import Server
from doorward.web.fetching import fetch_needed
from doorward.web.pages.page import Page
from doorward.web.pages.problem import malformed
from doorward.web.pages.steps import show_step
from doorward.web.pages.visit import Visit

_DECISIONS = frozenset({"approve", "deny"})


async def consent(visit: Visit) -> Response:
    """Carry the decision out; the sealed interaction binds the form to the session it was shown in."""
    interaction, decision = visit.form.require("interaction"), visit.form.require("decision")
    if decision not in _DECISIONS:
        raise malformed("It holds neither a yes nor a no.")

    def needs(server: Server, now: datetime) -> tuple[Fetch, ...]:
        return form_needs(server, Purpose.CONSENT, interaction, now)

    web = visit.web
    await fetch_needed(web, needs)
    user = await visit.user()
    step = await web.run(decide, web.server, interaction, user, decision, now=visit.now, context=visit.context)
    return show_step(visit, step)


PAGE = Page(path="/oauth/consent", post=consent, keeps_opener=True)
