"""Doorward as one ASGI application: it lives and ends with the server it runs in."""

from collections.abc import Awaitable, Callable

import anyio
import httpx2
import pytest
import structlog
from starlette.types import Message

from doorward import Doorward, Settings
from doorward.server_secret import make_data_dir, secret_file

pytestmark = pytest.mark.anyio


async def live(app: Doorward, then: Callable[[], Awaitable[None]]) -> list[str]:
    """Run the lifespan of an application around `then`; the types of what it sent."""
    sent: list[Message] = []
    started, leave = anyio.Event(), anyio.Event()
    messages = iter(("lifespan.startup", "lifespan.shutdown"))

    async def receive() -> Message:
        kind = next(messages)
        if kind == "lifespan.shutdown":
            await leave.wait()
        return {"type": kind}

    async def send(message: Message) -> None:
        sent.append(message)
        started.set()

    async with anyio.create_task_group() as group:
        group.start_soon(app, {"type": "lifespan", "asgi": {"version": "3.0"}}, receive, send)
        await started.wait()
        if sent[0]["type"] == "lifespan.startup.complete":
            await then()
        leave.set()
    return [message["type"] for message in sent]


async def test_it_answers_within_its_lifespan_and_closes_at_the_end(tmp_path):
    """SQLite removes its log of writes when the last connection is closed."""
    app = Doorward(Settings(data_dir=tmp_path / "data", mcp_base_url="https://mcp.example.com"))
    issuers: list[str] = []

    async def ask() -> None:
        async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app)) as client:
            answer = await client.get("https://mcp.example.com/.well-known/oauth-authorization-server")
            issuers.append(answer.json()["issuer"])

    assert ["lifespan.startup.complete", "lifespan.shutdown.complete"] == await live(app, ask)
    assert ["https://mcp.example.com"] == issuers
    assert ["doorward.db", "secret_key"] == sorted(path.name for path in (tmp_path / "data").iterdir())


async def test_it_starts_again_on_the_same_data(tmp_path):
    app = Doorward(Settings(data_dir=tmp_path / "data"))

    async def nothing() -> None:
        pass

    for _ in range(2):
        assert "lifespan.shutdown.complete" in await live(app, nothing)


async def test_outside_a_lifespan_it_says_what_it_needs(tmp_path):
    app = Doorward(Settings(data_dir=tmp_path / "data"))

    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app)) as client:
        with pytest.raises(RuntimeError, match="lifespan"):
            _ = await client.get("http://localhost:8000/healthz")


async def test_a_start_that_fails_ends_the_server(tmp_path):
    """A server goes on without a lifespan unless it is told that the start failed."""
    settings = Settings(data_dir=tmp_path / "data")
    make_data_dir(settings.data_dir)
    secret_file(settings).touch(mode=0o644)

    async def never() -> None:
        pytest.fail("it started")

    with structlog.testing.capture_logs() as logged:
        assert ["lifespan.startup.failed"] == await live(Doorward(settings), never)
    assert ["start_failed"] == [entry["event"] for entry in logged]
