"""The ASGI application with its life: what starts before the first request and ends after the last."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import anyio
import structlog
from starlette.types import ASGIApp, Receive, Scope, Send

from doorward.app.edge import Edge
from doorward.app.jobs import Job, run_jobs

log = structlog.get_logger(__name__)


class ServerApp:
    """Answers requests through `dispatch` while `running()` keeps the jobs and the sub-applications alive."""

    def __init__(
        self,
        dispatch: ASGIApp,
        *,
        start: Callable[[], None],
        jobs: tuple[Job, ...],
        parts: tuple[Callable[[], AbstractAsyncContextManager[object]], ...] = (),
        edge: Edge | None = None,
    ) -> None:
        self._dispatch, self._start, self._jobs, self._parts = dispatch, start, jobs, parts
        self._edge = edge or Edge()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or live through one lifespan (ASGI lifespan protocol)."""
        if scope["type"] == "lifespan":
            self._edge.hand_over(scope.get("state", {}))
            await self._live(receive, send)
        elif scope["type"] == "http":
            await self._dispatch(scope, receive, send)
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1000})

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Start, run the jobs, and end them."""
        await anyio.to_thread.run_sync(self._start)
        async with anyio.create_task_group() as group:
            group.start_soon(run_jobs, self._jobs)
            try:
                async with _all_of(self._parts):
                    yield
            finally:
                group.cancel_scope.cancel()

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        try:
            async with self.running():
                await send({"type": "lifespan.startup.complete"})
                await receive()
        except Exception as error:  # told to the server, which ends with this message
            log.exception("start_failed")
            await send({"type": "lifespan.startup.failed", "message": type(error).__name__})
            return
        await send({"type": "lifespan.shutdown.complete"})


@asynccontextmanager
async def _all_of(parts: tuple[Callable[[], AbstractAsyncContextManager[object]], ...]) -> AsyncIterator[None]:
    if not parts:
        yield
        return
    async with parts[0](), _all_of(parts[1:]):
        yield
