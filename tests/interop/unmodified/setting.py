"""What a client under test is given: a server, a browser with a person at it, and a folder of its own."""

import asyncio
import json
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2

from tests.flows.person import Person
from tests.interop.document_server import DocumentServer
from tests.interop.unmodified.program import Program

Call = Callable[[], Awaitable[dict[str, Any]]]
"""Has the client call the tool `whoami`; what the tool answered."""


@dataclass
class Browser:
    """Follows the links that a client opens, and brings the answers back."""

    person: Person
    opened: list[str] = field(default_factory=list)

    async def follow(self, url: str) -> str:
        """Sign in if asked, and allow; the callback."""
        self.opened.append(url)
        return await self.person.follow(url)

    async def follow_to_the_end(self, url: str) -> None:
        """The same, and then to the client, which listens for it on this machine."""
        callback = await self.follow(url)
        async with httpx2.AsyncClient(timeout=30) as http:
            for _ in range(100):
                try:
                    answer = await http.get(callback)
                except httpx2.ConnectError:
                    await asyncio.sleep(0.05)  # it opens the browser before it listens
                else:
                    assert 200 == answer.status_code, answer.text
                    return
        raise AssertionError(f"nobody listens at {callback}")

    async def follow_links_of(self, program: Program, lines: AsyncGenerator[str, None]) -> None:
        """Follow every authorization request among the lines that a program says to a person."""
        async for line in lines:
            start = line.find(f"{self.person.base}/")
            if start >= 0 and "response_type=code" in line:
                await self.follow_to_the_end(line[start:].strip())


@dataclass(frozen=True, slots=True)
class Setting:
    """Where a client works."""

    resource: str
    """The MCP server's address, as people type it."""
    browser: Browser
    home: Path
    """An empty folder."""
    port: int
    """Where a client listens for its callback, when it is not one that takes another port each time."""
    documents: DocumentServer | None
    """Where Client ID Metadata Documents are served; None: the client registers."""

    def document(self, name: str, redirect_uri: str) -> str | None:
        """Publish a document for a client, when it is to arrive with one; its address."""
        if self.documents is None:
            return None
        return self.documents.publish(
            f"/{name.replace(' ', '-').lower()}.json", client_name=name, redirect_uris=[redirect_uri]
        )


UnmodifiedClient = Callable[[Setting], AbstractAsyncContextManager[Call]]
"""Connects when it is first called, and is disconnected with the block."""


def in_text(result: Mapping[str, Any]) -> dict[str, Any]:
    """What the tool said, from the result of a call in JSON."""
    return json.loads(result["content"][0]["text"])
