"""The session cookie: one opaque value, the only cookie there is."""

from datetime import datetime

from starlette.requests import HTTPConnection
from starlette.responses import Response

from doorward.kit.secrets import Secret, TokenPrefix
from doorward.web.base_path import path_of
from doorward.web.context import Web


def cookie_name(web: Web) -> str:
    """`__Host-` binds the cookie to the exact https host; browsers refuse that prefix on plain http.

    They also refuse it with a path, which keeps the cookie from the other servers of a host that is shared.
    """
    if not _is_https(web):
        return "doorward"
    return "__Secure-doorward" if path_of(web.dashboard_url) else "__Host-doorward"


def read_session(request: HTTPConnection, web: Web) -> str | None:
    """Return the session token the browser sent, or None."""
    token = request.cookies.get(cookie_name(web))
    return token if token is not None and token.startswith(TokenPrefix.BROWSER_SESSION) else None


def set_session(response: Response, web: Web, secret: Secret, expires: datetime) -> None:
    """Hand the browser its session token.

    SameSite=Lax, because a client starts the flow from another site and a Strict cookie would ask for the password
    again.
    """
    response.set_cookie(
        cookie_name(web),
        secret.reveal(),
        expires=expires,
        path=_path(web),
        secure=_is_https(web),
        httponly=True,
        samesite="lax",
    )


def clear_session(response: Response, web: Web) -> None:
    """Make the browser forget its session token."""
    response.delete_cookie(cookie_name(web), path=_path(web), secure=_is_https(web), httponly=True, samesite="lax")


def _path(web: Web) -> str:
    return path_of(web.dashboard_url) or "/"


def _is_https(web: Web) -> bool:
    return web.dashboard_url.startswith("https:")
