"""Signing in, on its own or on the way to a client."""

from starlette.responses import Response

from doorward.identity.login import SignInFailed, TooManyAttempts
from doorward.identity.sign_up import SignUpMode
from doorward.oauth.endpoints.authorize import start
from doorward.oauth.interaction import Login
from doorward.web.pages.begin_session import begin_session, find_return
from doorward.web.pages.page import Page
from doorward.web.pages.steps import SignInPage, show_step
from doorward.web.pages.throttled import throttled_response, wait_sentence
from doorward.web.pages.visit import Visit, page_response, see_other


async def show_sign_in(visit: Visit) -> Response:
    """The form, for people who come by themselves; whoever comes from signing up goes back to what they came for."""
    if (return_to := await find_return(visit)) is not None:
        return see_other(b"/oauth/authorize?" + return_to)
    if await visit.signed_in():
        return see_other("/account")
    return page_response(SignInPage(offers_sign_up=_offers_sign_up(visit)))


async def sign_in_with_password(visit: Visit) -> Response:
    """Begin a session and go on to where the person was going.

    The form comes back after a failed attempt with the address in it, never the password.
    """
    email, password = visit.form.require("email"), visit.form.require("password")
    return_to = await find_return(visit)
    try:
        return await begin_session(visit, email=email, password=password, return_to=return_to)
    except SignInFailed as failed:
        return await _again(visit, email=email, error=str(failed), query=return_to)
    except TooManyAttempts as limit:
        return await _again(visit, email=email, error=wait_sentence(limit), query=return_to, limit=limit)


async def _again(
    visit: Visit, *, email: str, error: str, query: bytes | None, limit: TooManyAttempts | None = None
) -> Response:
    """The form once more, still telling who asks."""
    client = None
    if query is not None:
        web = visit.web
        step = await web.run(start, web.server, query, None, now=visit.now, context=visit.context)
        if not isinstance(step, Login):
            return show_step(visit, step)
        client = step.client
    page = SignInPage(
        client=client,
        interaction=visit.form.get("interaction"),
        email=email,
        error=error,
        offers_sign_up=_offers_sign_up(visit),
    )
    return throttled_response(page, limit) if limit is not None else page_response(page, 400)


def _offers_sign_up(visit: Visit) -> bool:
    return visit.web.sign_up is SignUpMode.OPEN


PAGE = Page(path="/sign-in", get=show_sign_in, post=sign_in_with_password, keeps_opener=True)
