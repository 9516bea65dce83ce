"""What a client under test is given: a server, a browser with a person at it, and a folder of its own."""

import asyncio
import json
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
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
    errands: "list[asyncio.Task[None]]" = field(default_factory=list)
    """Links that are followed while the client does something else."""

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

    @asynccontextmanager
    async def at_hand_of(self, program: Program) -> AsyncGenerator[None, None]:
        """Follow every authorization request among the lines that a program says to a person."""

        async def follow_all() -> None:
            async for line in program.errors():
                start = line.find(f"{self.person.base}/")
                if start >= 0 and "response_type=code" in line:
                    await self.follow_to_the_end(line[start:].strip())

        following = asyncio.create_task(follow_all())
        try:
            yield
        finally:
            following.cancel()
            with suppress(asyncio.CancelledError):
                await following


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


@dataclass(frozen=True, slots=True)
class Arrivals:
    """The ways in which a client arrives, each with a person of its own, so that they can be tried at once."""

    registers: Setting
    has_a_document: Setting

    async def each(self, live: Callable[[Setting], Awaitable[None]]) -> None:
        """Live through something in both ways at once."""
        await asyncio.gather(live(self.registers), live(self.has_a_document))


UnmodifiedClient = Callable[[Setting], AbstractAsyncContextManager[Call]]
"""Connects when it is first called, and is disconnected with the block."""


def in_text(result: Mapping[str, Any]) -> dict[str, Any]:
    """What the tool said, from the result of a call in JSON."""
    return json.loads(result["content"][0]["text"])
