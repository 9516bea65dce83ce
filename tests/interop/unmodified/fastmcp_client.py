"""The client of FastMCP, which listens for its callback and opens a browser by itself."""

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from fastmcp import Client
from fastmcp.client.auth import OAuth
from key_value.aio.stores.filetree import (
    FileTreeStore,
    FileTreeV1CollectionSanitizationStrategy,
    FileTreeV1KeySanitizationStrategy,
)
from mcp.types import TextContent

from tests.flows.server_process import free_port
from tests.interop.unmodified.setting import Browser, Call, Setting

_AT_HAND: ContextVar[Browser] = ContextVar("browser_at_hand")
_SECONDS = 30


@asynccontextmanager
async def fastmcp(setting: Setting) -> AsyncGenerator[Call, None]:
    """Keep tokens and registration in files, and find those that an earlier run left."""
    auth = OAuth(
        token_storage=_files_in(setting.home),
        client_metadata_url=setting.document("FastMCP Client", "http://localhost/callback"),
        callback_port=free_port(),
        callback_timeout=_SECONDS,
    )
    _AT_HAND.set(setting.browser)
    async with Client(setting.resource, auth=auth) as client:

        async def call() -> dict[str, Any]:
            (content,) = (await client.call_tool("whoami")).content
            assert isinstance(content, TextContent)
            return json.loads(content.text)

        yield call
    await asyncio.gather(*setting.browser.errands)


def open_at_hand(url: str) -> bool:
    """What Python opens a browser with: the one of the client that asks."""
    browser = _AT_HAND.get()
    browser.errands.append(asyncio.get_running_loop().create_task(browser.follow_to_the_end(url)))
    return True


def _files_in(folder: Path) -> FileTreeStore:
    return FileTreeStore(
        data_directory=folder,
        key_sanitization_strategy=FileTreeV1KeySanitizationStrategy(folder),
        collection_sanitization_strategy=FileTreeV1CollectionSanitizationStrategy(folder),
    )
