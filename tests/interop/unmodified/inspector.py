"""The MCP Inspector on the command line: a program that starts, does one thing and ends."""

import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

from tests.interop.unmodified.node_packages import NODE, installed
from tests.interop.unmodified.program import environment_at, running
from tests.interop.unmodified.setting import Call, Setting, in_text

_PROGRAM = "node_modules/@modelcontextprotocol/inspector/clients/launcher/build/index.js"
_CALL = ("--transport", "http", "--method", "tools/call", "--tool-name", "whoami", "--format", "json")


@asynccontextmanager
async def inspector(setting: Setting) -> AsyncGenerator[Call, None]:
    """Each call is a run of its own, which finds the tokens that the one before it left."""
    callback = f"http://127.0.0.1:{setting.port}/oauth/callback"
    document = setting.document("MCP Inspector", "http://127.0.0.1/oauth/callback")
    options = ("--callback-url", callback, *(("--client-metadata-url", document) if document else ()))
    command = (NODE, str(installed() / _PROGRAM), "--cli", setting.resource, *_CALL, *options)
    environment = environment_at(setting.home, MCP_AUTO_OPEN_ENABLED="true", MCP_INSPECTOR_SECRET_STORE="file")

    async def call() -> dict[str, Any]:
        async with (
            running(*command, environment=environment, folder=setting.home) as program,
            setting.browser.at_hand_of(program),
        ):
            said = json.loads(await program.line())
            await program.process.wait()
        assert "content" in said.get("result", said), "\n".join(program.said)
        return in_text(said.get("result", said))

    yield call
