"""Who is signed in, as the session cookie tells."""

from starlette.requests import HTTPConnection

from doorward.identity.records import SessionKind, SignedIn
from doorward.operations.find_session import find_session
from doorward.web.context import Web
from doorward.web.cookies import read_session


async def signed_in(request: HTTPConnection, web: Web) -> SignedIn | None:
    """Return the live session of the browser and its user, or None."""
    token = read_session(request, web)
    if token is None:
        return None
    return await web.run(find_session, web.database, token=token, kind=SessionKind.BROWSER, now=web.clock.now())
