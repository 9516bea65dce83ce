"""The outer edge of the JSON API: nothing is cached, no exception escapes, nothing secret is logged."""

import structlog
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from doorward.kit.unit_of_work import DatabaseUnavailable
from doorward.web.api.errors import Failed, Unavailable, render
from doorward.web.http import ClientDisconnected

log = structlog.get_logger(__name__)

HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
}


class Edge:
    """ASGI middleware around every route of the API."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = False

        async def send_guarded(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                MutableHeaders(scope=message).update(HEADERS)
            await send(message)

        try:
            await self._app(scope, receive, send_guarded)
        except ClientDisconnected:
            return
        except Exception as error:  # noqa: BLE001 - the last line of defence: the caller reads JSON, whatever it is
            # The class alone: a driver's message can hold bound parameters, and with them a password or a code.
            log.error("api_request_failed", error=type(error).__name__, method=scope["method"])  # noqa: TRY400
            if started:
                raise ResponseBroken from None
            refusal = Unavailable() if isinstance(error, DatabaseUnavailable) else Failed()
            await render(refusal)(scope, receive, send_guarded)


class ResponseBroken(Exception):
    """A response failed after its first byte; the server closes the connection."""
