"""Beginning a browser session, and going back to the authorization request it was begun for."""

from starlette.responses import Response

from doorward.identity.records import SessionKind
from doorward.oauth.endpoints.authorize import resume
from doorward.operations.sign_out import sign_out
from doorward.web.cookies import set_session
from doorward.web.pages.form import parse_form
from doorward.web.pages.problem import EXPIRED_INTERACTION, Problem
from doorward.web.pages.visit import Visit, see_other
from doorward.web.sign_in import sign_in_with


async def find_return(visit: Visit) -> bytes | None:
    """The authorization request that the form carries, sent or in the address; None when the person came by themselves.

    It comes out of our own sealed field and nowhere else, so no address a stranger wrote is ever followed.

    Raises:
        Problem: the sealed field is damaged or expired.
    """
    fields = visit.form if visit.request.method == "POST" else parse_form(visit.query)
    interaction = fields.get("interaction")
    if interaction is None:
        return None
    query = await visit.web.run(resume, visit.web.server, interaction, now=visit.now)
    if query is None:
        raise Problem(400, EXPIRED_INTERACTION)
    return query


async def begin_session(visit: Visit, *, email: str, password: str, return_to: bytes | None) -> Response:
    """Sign in, end the session the browser had before, and go on (ASVS 7.2.4).

    Raises:
        SignInFailed: the address or the password is wrong.
        TooManyAttempts: it was tried too often.
    """
    web, before = visit.web, visit.session_token
    secret, current = await sign_in_with(
        web, email=email, password=password, kind=SessionKind.BROWSER, now=visit.now, context=visit.context
    )
    if before is not None:
        await web.run(
            sign_out, web.database, token=before, kind=SessionKind.BROWSER, now=visit.now, context=visit.context
        )
    response = see_other("/account" if return_to is None else b"/oauth/authorize?" + return_to)
    set_session(response, web, secret, current.session.expires_at)
    return response
