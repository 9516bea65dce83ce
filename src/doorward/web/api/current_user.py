"""Who is calling: the session token of the Authorization header, and nothing else, says so."""

import re
from datetime import datetime
from typing import Annotated

from fastapi import Depends, Request, Security
from fastapi.security import HTTPBearer

from doorward.identity.records import SessionKind, SignedIn
from doorward.kit.secrets import TokenPrefix
from doorward.operations.find_session import find_session
from doorward.operations.ports import ServerDatabase
from doorward.web.api.errors import AdministratorsOnly, NotSignedIn, SessionTokenRefused
from doorward.web.context import Web

_BEARER = re.compile(r"bearer +(?P<token>\S+)\Z", re.IGNORECASE)
_SESSION_TOKEN = re.compile(re.escape(TokenPrefix.BEARER_SESSION) + r"[A-Za-z0-9_-]{43}\Z")


def get_current_user(database: ServerDatabase, authorization_header: str | None, *, now: datetime) -> SignedIn:
    """The person whose session token the Authorization header carries (RFC 6750 §2.1).

    Access tokens, refresh tokens, API keys and the cookie of a browser are not session tokens.

    Raises:
        NotSignedIn: the header is missing, or is for another scheme.
        SessionTokenRefused: it carries something else, or the session has ended.
    """
    token = bearer_token(authorization_header)
    signed_in = find_session(database, token=token, kind=SessionKind.BEARER, now=now)
    if signed_in is None:
        raise SessionTokenRefused
    return signed_in


def bearer_token(authorization_header: str | None) -> str:
    """What has the form of a session token in an Authorization header.

    Raises:
        NotSignedIn: the header is missing, or is for another scheme.
        SessionTokenRefused: it carries something else.
    """
    presented = _BEARER.match(authorization_header or "")
    if presented is None:
        raise NotSignedIn
    if not _SESSION_TOKEN.match(presented["token"]):
        raise SessionTokenRefused
    return presented["token"]


def get_web(request: Request) -> Web:
    """The composed server that this API was made with."""
    web: Web = request.app.state.web
    return web


ComposedServer = Annotated[Web, Depends(get_web)]


_documented = HTTPBearer(auto_error=False, description="A session token from POST /api/users/login.")


async def require_user(
    request: Request, web: ComposedServer, _scheme: Annotated[object, Security(_documented)]
) -> SignedIn:
    """Who is calling; 401 when nobody is signed in."""
    return await web.run(get_current_user, web.database, authorization_header(request), now=web.clock.now())


CurrentUser = Annotated[SignedIn, Depends(require_user)]


async def require_administrator(user: CurrentUser) -> SignedIn:
    """Who is calling, when it is an administrator; the account is read for each request.

    Raises:
        AdministratorsOnly: it is somebody else.
    """
    if not user.user.is_administrator:
        raise AdministratorsOnly
    return user


CurrentAdministrator = Annotated[SignedIn, Depends(require_administrator)]


def session_token(request: Request) -> str:
    """The session token of a request whose user is known."""
    return bearer_token(authorization_header(request))


def authorization_header(request: Request) -> str | None:
    """The one Authorization header of a request; two of them are as bad as a wrong one."""
    values = request.headers.getlist("authorization")
    if len(values) > 1:
        raise SessionTokenRefused
    return values[0] if values else None
