"""mcp-remote, the proxy for clients that speak over standard input and output only."""

import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

from tests.interop.unmodified.node_packages import NODE, installed
from tests.interop.unmodified.program import Program, environment_at, running
from tests.interop.unmodified.setting import Call, Setting, in_text

_PROGRAM = "node_modules/mcp-remote/dist/proxy.js"
_INITIALIZE = {
    "protocolVersion": "2025-11-25",
    "capabilities": {},
    "clientInfo": {"name": "a client of mcp-remote", "version": "1"},
}


@asynccontextmanager
async def mcp_remote(setting: Setting) -> AsyncGenerator[Call, None]:
    """Start the proxy as a client's configuration would, and speak to it as that client."""
    document = setting.document("MCP CLI Proxy", "http://localhost/oauth/callback")
    options = ("--allow-http", *(("--client-metadata-url", document) if document else ()))
    command = (NODE, str(installed() / _PROGRAM), setting.resource, str(setting.port), *options)
    environment = environment_at(setting.home, MCP_REMOTE_CONFIG_DIR=str(setting.home / "auth"))
    async with (
        running(*command, environment=environment, folder=setting.home) as program,
        setting.browser.at_hand_of(program),
    ):
        inner = _Inner(program)

        async def call() -> dict[str, Any]:
            if not inner.asked:
                await inner.ask("initialize", _INITIALIZE)
                await program.tell(json.dumps({"jsonrpc": "2.0", "method": "notifications/initialized"}))
            return in_text(await inner.ask("tools/call", {"name": "whoami", "arguments": {}}))

        yield call


class _Inner:
    """The client behind the proxy."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self.asked = 0

    async def ask(self, method: str, params: dict[str, Any]) -> dict[str, Any]:
        self.asked += 1
        request = {"jsonrpc": "2.0", "id": self.asked, "method": method, "params": params}
        await self._program.tell(json.dumps(request))
        while True:
            said = json.loads(await self._program.line())
            if said.get("id") == self.asked:
                assert "result" in said, "\n".join(self._program.said)
                return said["result"]
