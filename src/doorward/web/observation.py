"""The outermost layer of every request: its id, its place in the metrics, and one line in the log."""

import asyncio
import secrets
from collections.abc import Awaitable, Collection
from time import perf_counter

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from doorward.web.client_address import ClientAddress
from doorward.web.context import REQUEST_ID
from doorward.web.http import NO_STORE, send_json
from doorward.web.metrics import NO_ANSWER, Metrics
from doorward.web.route_names import RouteNames

ERROR = "doorward.error"
GRANT_TYPE = "doorward.grant_type"

log = structlog.get_logger("doorward.requests")


def note_error(scope: Scope, error: str | None) -> None:
    """Say with which registered error code a request was refused, for the metrics and the log."""
    if error is not None:
        scope[ERROR] = error


def note_grant_type(scope: Scope, grant_type: str | None) -> None:
    """Say which grant is being exchanged; it is counted when it succeeds, so that it is one of ours."""
    scope[GRANT_TYPE] = grant_type


class Observation:
    """Watches the application behind it.

    The id of a request is ours: one that comes with it is not believed. Requests that machines make all the time
    (`hot` routes) are logged when they fail, and when everything is (`logs_all`).
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        metrics: Metrics,
        names: RouteNames,
        hot: Collection[str],
        client_address: ClientAddress,
        logs_all: bool,
    ) -> None:
        self._app, self._metrics, self._names = app, metrics, names
        self._quiet: frozenset[str] = frozenset(() if logs_all else hot)
        self._client_address = client_address
        self._log = log.bind()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on and note what became of it."""
        started = perf_counter()
        scope[REQUEST_ID] = request_id = secrets.token_hex(8)
        structlog.contextvars.bind_contextvars(request_id=request_id)
        status = NO_ANSWER

        def send_on(message: Message) -> Awaitable[None]:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", ()), (b"x-request-id", request_id.encode())]
            return send(message)

        try:
            await self._app(scope, receive, send_on)
        except asyncio.CancelledError:  # the server ends and has waited long enough
            if status == NO_ANSWER:
                await _answer_cut_short(send_on)
        except BaseException:
            status = status or 500
            raise
        finally:
            self._note(scope, status, perf_counter() - started)

    def _note(self, scope: Scope, status: int, seconds: float) -> None:
        route = self._names.of(scope["path"])
        self._metrics.observe(route, status, seconds)
        grant_type: str | None = scope.get(GRANT_TYPE)
        if grant_type is not None and status == 200:
            self._metrics.tokens_issued[grant_type] += 1
        error: str | None = scope.get(ERROR)
        if error is not None:
            self._metrics.refusals[error] += 1
        if status < 400 and status != NO_ANSWER and route in self._quiet:
            return
        self._log.info(
            "request",
            request_id=scope[REQUEST_ID],
            method=scope["method"],
            route=route,
            status=status or None,
            error=error,
            duration_ms=round(seconds * 1000, 1),
            address=self._client_address.of(scope),
        )


async def _answer_cut_short(send: Send) -> None:
    members = {"error": "temporarily_unavailable", "error_description": "the server is stopping"}
    await send_json(send, 503, members, (*NO_STORE, (b"connection", b"close")))
