"""Signing out, for good or to use another account."""

from starlette.responses import Response

from doorward.identity.records import SessionKind
from doorward.operations.sign_out import sign_out
from doorward.web.cookies import clear_session
from doorward.web.pages.begin_session import find_return
from doorward.web.pages.page import Page
from doorward.web.pages.steps import SIGN_OUT
from doorward.web.pages.visit import Visit, see_other


async def end_session(visit: Visit) -> Response:
    """End the session; from a consent page, go back to the same request and ask who it is."""
    return_to = await find_return(visit)
    token = visit.session_token
    if token is not None:
        visit.require_form_token(SIGN_OUT)
        web = visit.web
        await web.run(
            sign_out, web.database, token=token, kind=SessionKind.BROWSER, now=visit.now, context=visit.context
        )
    response = see_other("/sign-in" if return_to is None else b"/oauth/authorize?" + return_to)
    clear_session(response, visit.web)
    return response


PAGE = Page(path="/sign-out", post=end_session, keeps_opener=True)
