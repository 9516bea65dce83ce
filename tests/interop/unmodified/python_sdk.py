"""The MCP SDK for Python, in both eras of the protocol."""

import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

from tests.flows.sdk_client import REDIRECT, Connector, text_of
from tests.interop.unmodified.setting import Call, Setting


@asynccontextmanager
async def stateful(setting: Setting) -> AsyncGenerator[Call, None]:
    """As until 2025-11-25."""
    async with _connected(setting, "legacy") as call:
        yield call


@asynccontextmanager
async def stateless(setting: Setting) -> AsyncGenerator[Call, None]:
    """As of 2026-07-28."""
    async with _connected(setting, "2026-07-28") as call:
        yield call


@asynccontextmanager
async def _connected(setting: Setting, mode: str) -> AsyncGenerator[Call, None]:
    connector = Connector(setting.resource, setting.browser, document=setting.document(f"SDK {mode}", REDIRECT))
    async with connector.connected(mode) as client:

        async def call() -> dict[str, Any]:
            return json.loads(text_of(await client.call_tool("whoami", {})))

        yield call
