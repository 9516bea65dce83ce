"""Serving our own static files."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from doorward.web.context import Web
from doorward.web.pages.not_found import not_found
from doorward.web.pages.page import without_body
from doorward.web.static_files import static_files

_FOR_EVER = "public, max-age=31536000, immutable"


class StaticApp:
    """Answers the addresses that name what is there now; it touches neither database nor session."""

    def __init__(self, web: Web) -> None:
        self._not_found = not_found(web)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope)
        file = static_files().get(request.path_params["name"])
        is_current = file is not None and file.fingerprint == request.path_params["fingerprint"]
        if file is None or not is_current or request.method not in ("GET", "HEAD"):
            await self._not_found(scope, receive, send)
            return
        response = Response(file.content, media_type=file.media_type)
        response.headers["Cache-Control"] = _FOR_EVER
        response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
        response.headers["X-Content-Type-Options"] = "nosniff"
        await response(scope, receive, without_body(send) if request.method == "HEAD" else send)


def static_route(web: Web) -> Route:
    """The route of every static file."""
    return Route("/static/{fingerprint}/{name}", StaticApp(web))
