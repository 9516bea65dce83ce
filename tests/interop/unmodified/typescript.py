"""The MCP SDKs for TypeScript, through a small program that offers them a browser and a memory."""

import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from tests.interop.unmodified.node_packages import NODE, installed
from tests.interop.unmodified.program import environment_at, running
from tests.interop.unmodified.setting import Call, Setting

_DRIVER = str(Path(__file__).with_name("typescript.mjs"))


@asynccontextmanager
async def version_1(setting: Setting) -> AsyncGenerator[Call, None]:
    """The one package of both sides."""
    async with _driven(setting, "@modelcontextprotocol/sdk") as call:
        yield call


@asynccontextmanager
async def version_2(setting: Setting) -> AsyncGenerator[Call, None]:
    """The package of clients."""
    async with _driven(setting, "@modelcontextprotocol/client") as call:
        yield call


@asynccontextmanager
async def _driven(setting: Setting, package: str) -> AsyncGenerator[Call, None]:
    redirect = f"http://127.0.0.1:{setting.port}/callback"
    document = setting.document(f"Driver of {package}", "http://127.0.0.1/callback")
    command = (NODE, _DRIVER, package, setting.resource, redirect, *([document] if document else []))
    async with running(*command, environment=environment_at(setting.home), folder=installed()) as program:

        async def call() -> dict[str, Any]:
            await program.tell(json.dumps({"call": "whoami"}))
            while True:
                said = json.loads(await program.line())
                if "open" in said:
                    await program.tell(json.dumps({"callback": await setting.browser.follow(said["open"])}))
                    continue
                assert "result" in said, said["error"]
                return json.loads(said["result"])

        yield call
