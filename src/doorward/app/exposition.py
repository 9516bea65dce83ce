"""Where metrics and traces go: nowhere, unless a token, a port of their own or a collector is set."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING

from starlette.types import ASGIApp

from doorward.settings import Settings, SettingsError
from doorward.web.endpoints.metrics import PATH, MetricsEndpoint
from doorward.web.metrics import Metrics

if TYPE_CHECKING:
    from doorward.app.tracing import Traces


def metrics_paths(metrics: Metrics, settings: Settings) -> dict[str, ASGIApp]:
    """The route on the main port; without a token there is none."""
    token = settings.metrics_token
    return {PATH: MetricsEndpoint(metrics, token=token.get_secret_value())} if token is not None else {}


def open_traces_of(settings: Settings) -> "Traces | None":
    """Traces where a collector is configured; nothing of OpenTelemetry is imported otherwise.

    Raises:
        SettingsError: the extra `otel` is not installed.
    """
    if settings.otlp_endpoint is None:
        return None
    try:
        from doorward.app.tracing import Traces, otlp
    except ImportError:
        raise SettingsError(
            "DOORWARD_OTLP_ENDPOINT needs the extra: install doorward[otel], or unset the variable."
        ) from None
    return Traces(otlp(settings.otlp_endpoint))


def metrics_parts(
    metrics: Metrics, settings: Settings, *, processes: int
) -> tuple[Callable[[], AbstractAsyncContextManager[object]], ...]:
    """What listens on a port of its own, where one is set."""
    port = settings.metrics_port
    if port is None:
        return ()
    from doorward.app.metrics_port import metrics_port

    return (lambda: metrics_port(metrics, settings.metrics_host, port, processes=processes),)
