"""Liveness and readiness, for supervisors and load balancers."""

from collections.abc import Callable

import structlog
from starlette.types import Receive, Scope, Send

from doorward.web.context import Web
from doorward.web.http import send_json

log = structlog.get_logger(__name__)


async def healthz(scope: Scope, receive: Receive, send: Send) -> None:
    """200 while the process answers."""
    await send_json(send, 200, {"status": "ok"}, with_body=scope["method"] != "HEAD")


class Readyz:
    """200 when `check` passes, else 503: it raises unless the database answers and its schema is current."""

    def __init__(self, web: Web, check: Callable[[], None]) -> None:
        self._web, self._check = web, check

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one probe."""
        with_body = scope["method"] != "HEAD"
        try:
            await self._web.run(self._check)
        except Exception:  # whatever is wrong, the answer is the same: not ready
            log.exception("not_ready")
            await send_json(send, 503, {"status": "unavailable"}, with_body=with_body)
        else:
            await send_json(send, 200, {"status": "ok"}, with_body=with_body)
