"""The tools, on the mcp SDK; imported only when the demo starts, as the SDK takes its time."""

from collections.abc import Callable
from typing import Annotated, Any

import anyio.to_thread
from mcp.server import MCPServer
from mcp.server.mcpserver import Context
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from mcp.server.transport_security import TransportSecuritySettings
from pydantic import BaseModel, Field
from starlette.requests import Request

from doorward.resource_server.bearer_auth import verified_token

INSTRUCTIONS = "Call `whoami` to see who you are signed in as."


class Caller(BaseModel):
    """Who is calling, as their token says."""

    sub: str = Field(description="The opaque id of the person.")
    client_id: str | None = Field(description="The client they allowed; null for an API key.")
    scope: str = Field(description="What the client may do.")
    email: str | None = Field(default=None, description="The address they sign in with, if known.")


def build_session_manager(
    *, name: str, hosts: list[str], describe_user: Callable[[str], str | None] | None, max_body_bytes: int
) -> StreamableHTTPSessionManager:
    """Return the running parts of the demo server: without sessions, answering in plain JSON."""
    server = MCPServer(name, title=name, instructions=INSTRUCTIONS, subscriptions=False)
    _add_tools(server, describe_user)
    _ = server.streamable_http_app(
        streamable_http_path="/http",
        stateless_http=True,
        json_response=True,
        max_request_body_size=max_body_bytes,
        transport_security=TransportSecuritySettings(allowed_hosts=hosts),
    )
    return server.session_manager


def _add_tools(server: "MCPServer[Any]", describe_user: Callable[[str], str | None] | None) -> None:
    @server.tool()
    async def whoami(context: Context) -> Caller:
        """Tell who is signed in, and through which client."""
        request = context.request_context.request
        if not isinstance(request, Request):
            raise TypeError("the demo is served over HTTP only")
        token = verified_token(request.scope)
        email = await anyio.to_thread.run_sync(describe_user, token.subject) if describe_user is not None else None
        return Caller(sub=token.subject, client_id=token.client_id, scope=" ".join(token.scope), email=email)

    @server.tool()
    def echo(text: Annotated[str, Field(description="What to say back.")]) -> str:
        """Say it back."""
        return text

    @server.tool()
    def add(a: float, b: float) -> float:
        """Add two numbers."""
        return a + b

    del whoami, echo, add  # registered
