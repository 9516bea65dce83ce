"""The demo server as an ASGI application that starts itself at the first request."""

import asyncio
import contextvars
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import structlog

from doorward.kit.hosts import allowed_hosts
from doorward.resource_server.asgi import Receive, Scope, Send

if TYPE_CHECKING:
    from mcp.server.streamable_http_manager import StreamableHTTPSessionManager

MAX_BODY_BYTES = 1024 * 1024

log = structlog.stdlib.get_logger(__name__)


class Demo:
    """An MCP server on streamable HTTP, to be put behind `BearerAuth`.

    It keeps no sessions: each request stands for itself, so nothing of a client is bound to one token or one process,
    and no answer stays open after its Authorization ended. The mcp SDK, which takes most of a second and tens of MB, is
    imported by the first request that a good token comes with.
    """

    def __init__(self, base_url: str, *, name: str, describe_user: Callable[[str], str | None] | None) -> None:
        self._hosts = allowed_hosts(base_url)
        self._name = name
        self._describe_user = describe_user
        self._starting: asyncio.Future[StreamableHTTPSessionManager] | None = None
        self._stop = asyncio.Event()
        self._serving: asyncio.Task[None] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request whose token was verified; only POST has a meaning without sessions."""
        if scope["type"] != "http":
            return
        if scope["method"] != "POST":
            await _method_not_allowed(send)
            return
        manager = await self._manager()
        await manager.handle_request({**scope, "headers": _without_origin(scope["headers"])}, receive, send)

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None, None]:
        """Live as long as the application around it."""
        try:
            yield
        finally:
            await self.aclose()

    async def aclose(self) -> None:
        """End what runs; the demo cannot be used again."""
        self._stop.set()
        if self._serving is not None:
            await self._serving

    async def _manager(self) -> "StreamableHTTPSessionManager":
        if self._starting is None:
            self._starting = asyncio.get_running_loop().create_future()
            # The session manager must be entered and left by one task, and none of a request's.
            self._serving = asyncio.create_task(self._serve(self._starting), context=contextvars.Context())
        return await asyncio.shield(self._starting)

    async def _serve(self, started: "asyncio.Future[StreamableHTTPSessionManager]") -> None:
        try:
            manager = await asyncio.to_thread(self._build)
            async with manager.run():
                log.info("demo_started")
                started.set_result(manager)
                _ = await self._stop.wait()
        except Exception as error:
            if started.done():
                raise
            log.exception("demo_failed_to_start")
            started.set_exception(error)

    def _build(self) -> "StreamableHTTPSessionManager":
        from doorward.demo.server import build_session_manager

        return build_session_manager(
            name=self._name, hosts=self._hosts, describe_user=self._describe_user, max_body_bytes=MAX_BODY_BYTES
        )


def create_demo(
    base_url: str, *, name: str = "Doorward demo", describe_user: Callable[[str], str | None] | None = None
) -> Demo:
    """Make the demo server for the MCP address `{base_url}/http`.

    `describe_user` turns a subject into the e-mail address to show; it blocks and runs on a worker thread.
    """
    return Demo(base_url, name=name, describe_user=describe_user)


def _without_origin(headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """Any web page may call with a token it was given (R20); the Host check is what stops DNS rebinding."""
    return [(name, value) for name, value in headers if name != b"origin"]


async def _method_not_allowed(send: Send) -> None:
    """405: there is no stream to open and no session to end (MCP streamable HTTP)."""
    headers = [(b"allow", b"POST, OPTIONS"), (b"content-length", b"0")]
    await send({"type": "http.response.start", "status": 405, "headers": headers})
    await send({"type": "http.response.body", "body": b""})
