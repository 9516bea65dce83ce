"""`/metrics`, for Prometheus: on a port of its own, or behind a bearer token (RFC 6750 §2.1)."""

from starlette.types import Receive, Scope, Send

from doorward.kit.secrets import same
from doorward.web.http import NO_STORE, header, send_bytes, send_json
from doorward.web.metrics import Metrics

PATH = "/metrics"


class MetricsEndpoint:
    """Answers GET with the metrics; where `token` is set, to its bearers only."""

    def __init__(self, metrics: Metrics, *, token: str | None = None) -> None:
        self._metrics = metrics
        self._expected = token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        if scope["path"] != PATH:
            members = {"error": "not_found", "error_description": "the metrics are at /metrics"}
            await send_json(send, 404, members)
        elif not self._may_read(scope):
            members = {"error": "invalid_token", "error_description": "the token of DOORWARD_METRICS_TOKEN is required"}
            await send_json(send, 401, members, (*NO_STORE, (b"www-authenticate", b'Bearer realm="metrics"')))
        elif scope["method"] not in ("GET", "HEAD"):
            members = {"error": "invalid_request", "error_description": "the method must be GET"}
            await send_json(send, 405, members, (*NO_STORE, (b"allow", b"GET, HEAD")))
        else:
            from doorward.web.metrics_text import CONTENT_TYPE, metrics_text

            headers = ((b"content-type", CONTENT_TYPE), *NO_STORE)
            await send_bytes(send, 200, metrics_text(self._metrics), headers, with_body=scope["method"] == "GET")

    def _may_read(self, scope: Scope) -> bool:
        if self._expected is None:
            return True
        scheme, _, presented = (header(scope, b"authorization") or b"").partition(b" ")
        return scheme.lower() == b"bearer" and same(presented.strip().decode("latin-1"), self._expected)
