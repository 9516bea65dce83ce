"""Traces: one span for each request, with no attribute that is not in this list."""

from opentelemetry.trace import SpanKind, Status, StatusCode, Tracer
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from doorward.web.context import REQUEST_ID
from doorward.web.route_names import RouteNames

METHOD, ROUTE, STATUS, REQUEST = (
    "http.request.method",
    "http.route",
    "http.response.status_code",
    "doorward.request_id",
)
"""All that leaves this process: no address, no query string, no header, and nothing of the person or the client."""


class Tracing:
    """Starts a trace of its own for each request: a caller's trace context is not believed."""

    def __init__(self, app: ASGIApp, tracer: Tracer, names: RouteNames) -> None:
        self._app, self._tracer, self._names = app, tracer, names

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on within a span."""
        method, route = scope["method"], self._names.of(scope["path"])
        with self._tracer.start_as_current_span(
            f"{method} {route}",
            kind=SpanKind.SERVER,
            record_exception=False,  # the text of an exception may hold values
            set_status_on_exception=False,
        ) as span:
            span.set_attributes({METHOD: method, ROUTE: route})

            async def send_on(message: Message) -> None:
                if message["type"] == "http.response.start":
                    span.set_attribute(STATUS, message["status"])
                    if message["status"] >= 500:
                        span.set_status(Status(StatusCode.ERROR))
                await send(message)

            try:
                await self._app(scope, receive, send_on)
            finally:
                span.set_attribute(REQUEST, scope.get(REQUEST_ID, ""))
