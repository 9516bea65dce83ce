"""Sends traces to an OpenTelemetry collector; imported only where one is configured."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from starlette.types import ASGIApp

import doorward
from doorward.web.route_names import RouteNames
from doorward.web.tracing import Tracing

FLUSH_SECONDS = 2.0


class Traces:
    """A tracer provider of our own, so that no library adds spans, and with them queries or bodies, to what we send."""

    def __init__(self, exporter: SpanExporter) -> None:
        resource = Resource({"service.name": "doorward", "service.version": doorward.__version__})
        self._provider = TracerProvider(resource=resource, shutdown_on_exit=False)
        self._provider.add_span_processor(BatchSpanProcessor(exporter))

    def around(self, app: ASGIApp, names: RouteNames) -> ASGIApp:
        """The application with a span for each request."""
        return Tracing(app, self._provider.get_tracer("doorward", doorward.__version__), names)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Send what is left at the end, for a moment."""
        try:
            yield
        finally:
            with anyio.CancelScope(shield=True):
                await anyio.to_thread.run_sync(self._close)

    def _close(self) -> None:
        _ = self._provider.force_flush(int(FLUSH_SECONDS * 1000))
        self._provider.shutdown()


def otlp(endpoint: str) -> SpanExporter:
    """Sends to the collector at `endpoint` (OTLP over HTTP)."""
    return OTLPSpanExporter(endpoint=f"{endpoint.rstrip('/')}/v1/traces", timeout=FLUSH_SECONDS)
