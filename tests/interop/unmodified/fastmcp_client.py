"""The client of FastMCP, which listens for its callback and opens a browser by itself."""

import asyncio
import json
import webbrowser
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

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


@asynccontextmanager
async def fastmcp(setting: Setting) -> AsyncGenerator[Call, None]:
    """Keep tokens and registration in files, and find those that an earlier run left."""
    document = setting.document("FastMCP Client", "http://localhost/callback")
    auth = OAuth(token_storage=_files_in(setting.home), client_metadata_url=document, callback_port=free_port())
    with _opens_links(setting.browser):
        async with Client(setting.resource, auth=auth) as client:

            async def call() -> dict[str, Any]:
                (content,) = (await client.call_tool("whoami")).content
                assert isinstance(content, TextContent)
                return json.loads(content.text)

            yield call


def _files_in(folder: Path) -> FileTreeStore:
    return FileTreeStore(
        data_directory=folder,
        key_sanitization_strategy=FileTreeV1KeySanitizationStrategy(folder),
        collection_sanitization_strategy=FileTreeV1CollectionSanitizationStrategy(folder),
    )


@contextmanager
def _opens_links(browser: Browser) -> Generator[None, None, None]:
    """Whatever asks Python for a browser gets this one."""
    following: set[asyncio.Task[None]] = set()

    def opened(url: str) -> bool:
        following.add(asyncio.get_running_loop().create_task(browser.follow_to_the_end(url)))
        return True

    with patch.object(webbrowser, "open", opened):
        yield
