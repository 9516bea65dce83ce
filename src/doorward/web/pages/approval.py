"""Asking the administrators for an app."""

from datetime import datetime

from starlette.responses import Response

from doorward.oauth.endpoints.authorize import ask_for_approval
from doorward.oauth.fetching import Fetch
from doorward.oauth.needs import form_needs
from doorward.oauth.sealed_interaction import Purpose
from doorward.oauth.server import Server
from doorward.web.fetching import fetch_needed
from doorward.web.pages.page import Page
from doorward.web.pages.steps import show_step
from doorward.web.pages.visit import Visit, see_other


async def ask(visit: Visit) -> Response:
    """Let the request wait, and go back to where it is decided what comes next."""
    interaction = visit.form.require("interaction")

    def needs(server: Server, now: datetime) -> tuple[Fetch, ...]:
        return form_needs(server, Purpose.APPROVAL, interaction, now)

    web = visit.web
    await fetch_needed(web, needs)
    user = await visit.user()
    asked = await web.run(ask_for_approval, web.server, interaction, user, now=visit.now, context=visit.context)
    return see_other(b"/oauth/authorize?" + asked) if isinstance(asked, bytes) else show_step(visit, asked)


PAGE = Page(path="/oauth/approval", post=ask, keeps_opener=True)
