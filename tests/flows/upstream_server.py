"""An MCP server that knows no OAuth, made with the SDK: sessions, streams, and the signed word about who asks."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.context import Context
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from tests.gateway.rig import serving_plainly

Who = Callable[[str], dict[str, object]]


@dataclass
class Upstream:
    """A running server, and what it saw."""

    who: Who
    """Reads an assertion; raises when it is not good."""
    requests: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    gone: asyncio.Queue[str] = field(default_factory=asyncio.Queue)
    """The methods of requests whose client went away."""
    port: int = 0

    def application(self) -> Starlette:
        """A tool that tells who asks, and one that reports as it goes on."""
        server = MCPServer("upstream")

        async def whoami(context: Context) -> dict[str, object]:
            """Tell who asks."""
            request = context.request_context.request
            assert isinstance(request, Request)
            return self.who(request.headers["x-doorward-identity"])

        async def count(context: Context, up_to: int) -> int:
            """Report each number."""
            for number in range(up_to):
                await context.report_progress(number, up_to)
            return up_to

        server.tool()(whoami)
        server.tool()(count)
        return server.streamable_http_app(streamable_http_path="/mcp")

    def watching(self, app: ASGIApp) -> ASGIApp:
        """The application, and a record of what reaches it."""

        async def watched(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] != "http":
                await app(scope, receive, send)
                return
            headers = {name.decode(): value.decode() for name, value in scope["headers"]}
            self.requests.append((scope["method"], headers))

            async def received():
                message = await receive()
                if message["type"] == "http.disconnect":
                    self.gone.put_nowait(scope["method"])
                return message

            await app(scope, received, send)

        return watched


@asynccontextmanager
async def upstream_running(who: Who, *, port: int = 0) -> AsyncGenerator[Upstream, None]:
    """Serve it on a loopback port."""
    upstream = Upstream(who)
    async with serving_plainly(upstream.watching(upstream.application()), port=port) as upstream.port:
        yield upstream
