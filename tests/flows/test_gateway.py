"""An MCP server that knows no OAuth behind `doorward serve`, called by the SDK's own client."""

import asyncio
import json
import secrets
import signal
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest
from mcp.shared.dispatcher import ProgressFnT

from doorward.jose import jwt
from doorward.resource_server.key_sources import JwkSetKeys
from doorward.storage import Database
from tests.conftest import ENGINES
from tests.flows.person import Person
from tests.flows.sdk_client import Connector, claims_of, plain_http, text_of
from tests.flows.server_process import (
    STOP_SECONDS,
    ServerProcess,
    environment_for,
    free_port,
    make_account,
    started,
    wait_until_ready,
)
from tests.flows.service import INITIALIZE, running, settings_for
from tests.flows.upstream_server import Upstream, upstream_running

pytestmark = pytest.mark.anyio

EMAIL = "person@example.com"
ACCEPT = {"accept": "application/json, text/event-stream"}


@dataclass
class Site:
    """Doorward, and the server behind it."""

    server: ServerProcess
    upstream: Upstream
    log: Path

    @asynccontextmanager
    async def connected(self) -> AsyncGenerator[tuple[Connector, Person], None]:
        """A person and a client of theirs that has a token."""
        async with Person(self.server.base) as person:
            connector = Connector(self.server.resource, person)
            async with connector.connected("legacy") as client:
                await client.list_tools()
            yield connector, person


@pytest.fixture(params=ENGINES)
async def site(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncGenerator[Site, None]:
    port = free_port()
    base = f"http://localhost:{port}"
    keys = JwkSetKeys(lambda: httpx2.get(f"{base}/.well-known/jwks.json").json())

    def who(assertion: str) -> dict[str, object]:
        if not keys.public_keys.as_document()["keys"]:
            keys.reload(None)  # pyright: ignore[reportArgumentType]
        return jwt.verify(assertion, keys.public_keys, typ="doorward-identity+jwt")

    async with upstream_running(who) as upstream:
        settings = {"upstream_url": f"http://127.0.0.1:{upstream.port}/mcp", "mcp_base_url": base}
        if request.param == "postgres":
            make: Callable[[], str] = request.getfixturevalue("new_postgres_database")
            settings |= {"database_url": make(), "secret_key": secrets.token_hex(32)}
        environment, log = environment_for(tmp_path / "data", **settings), tmp_path / "log"
        await asyncio.to_thread(make_account, environment, EMAIL)
        with started(environment, log, port=port) as server:
            await asyncio.to_thread(wait_until_ready, server, log)
            yield Site(server, upstream, log)


@asynccontextmanager
async def listening(http: httpx2.AsyncClient, token: str) -> AsyncGenerator[httpx2.Response, None]:
    """The stream on which a server says what it likes, in a session of its own."""
    headers = {**ACCEPT, "authorization": f"Bearer {token}"}
    answer = await http.post("/http", json=INITIALIZE, headers=headers)
    assert 200 == answer.status_code, answer.text
    headers["mcp-session-id"] = answer.headers["mcp-session-id"]
    initialized = {"jsonrpc": "2.0", "method": "notifications/initialized"}
    assert 202 == (await http.post("/http", json=initialized, headers=headers)).status_code
    async with http.stream("GET", "/http", headers=headers, timeout=30) as stream:
        assert 200 == stream.status_code
        assert "text/event-stream" == stream.headers["content-type"].partition(";")[0]
        yield stream


async def rest_of(stream: httpx2.Response) -> float:
    """Read a stream to its clean end; how long that took."""
    begin = time.monotonic()
    async for _ in stream.aiter_raw():
        pass
    return time.monotonic() - begin


def noting(into: list[float]) -> ProgressFnT:
    """A callback of the SDK's client that notes how far a call is."""

    async def note(progress: float, total: float | None, message: str | None) -> None:
        into.append(progress)

    return note


async def call_tools(site: Site) -> None:
    """Both eras, with sessions and streams; what reaches the server has the person in it and no token."""
    upstream, told = site.upstream, dict[str, dict[str, object]]()
    async with Person(site.server.base) as person:
        for mode in ("legacy", "2026-07-28"):
            connector = Connector(site.server.resource, person)
            seen: list[float] = []

            async with connector.connected(mode) as client:
                told[mode] = json.loads(text_of(await client.call_tool("whoami", {})))
                counted = await client.call_tool("count", {"up_to": 3}, progress_callback=noting(seen))
            claims = claims_of(connector.access_token)

            assert "3" == text_of(counted)
            assert [0, 1, 2] == seen
            assert all(claims[name] == told[mode][name] for name in ("sub", "gid", "client_id", "scope", "iss"))
            assert f"http://127.0.0.1:{upstream.port}/mcp" == told[mode]["aud"]
    assert {"GET", "POST", "DELETE"} <= {method for method, _ in upstream.requests}
    assert not {"authorization", "cookie", "origin"} & {name for _, headers in upstream.requests for name in headers}
    assert connector.access_token not in json.dumps(upstream.requests)


async def disconnect_while_listening(site: Site) -> None:
    """Threats section 6, 12; the upstream hears of it, and the client's next request gets the challenge."""
    async with site.connected() as (connector, person), plain_http(site.server.base) as http:
        token = connector.access_token
        async with listening(http, token) as stream:
            reading = asyncio.create_task(rest_of(stream))
            await person.disconnect(claims_of(token)["gid"])
            took = await asyncio.wait_for(reading, 20)
        answer = await http.get("/http", headers={**ACCEPT, "authorization": f"Bearer {token}"})

    assert took < 5
    assert (401, True) == (answer.status_code, "resource_metadata=" in answer.headers["www-authenticate"])
    while "GET" != await asyncio.wait_for(site.upstream.gone.get(), 5):
        pass


async def stop_while_listening(site: Site) -> None:
    """Streams end as streams end, at once, and the exit code is 0."""
    async with (
        site.connected() as (connector, _),
        plain_http(site.server.base) as http,
        listening(http, connector.access_token) as stream,
    ):
        begin = time.monotonic()
        site.server.process.send_signal(signal.SIGTERM)
        await asyncio.wait_for(rest_of(stream), 20)
        ended = await asyncio.to_thread(site.server.process.wait, STOP_SECONDS)
        took = time.monotonic() - begin

    assert 0 == ended, site.log.read_text()
    assert took < 5


async def test_an_unmodified_client_uses_a_server_that_knows_no_oauth_until_it_is_disconnected(site: Site):
    await call_tools(site)
    await disconnect_while_listening(site)
    await stop_while_listening(site)
    log = site.log.read_text()

    assert "Traceback" not in log
    assert f"MCP server         http://127.0.0.1:{site.upstream.port}/mcp" in log


async def test_readiness_does_not_depend_on_the_server_behind(tmp_path: Path, sqlite_database: Database):
    """An upstream that is gone must not take sign-in and refresh with it."""
    url = f"http://127.0.0.1:{free_port()}/mcp"
    settings = settings_for(tmp_path, f"sqlite:///{tmp_path / 'doorward.db'}", secret_key="k" * 40, upstream_url=url)
    async with running(settings) as service:
        _, tokens = await service.connected()
        ready = await service.http.get("/readyz")
        call = await service.http.post(
            "/http", json={}, headers={**ACCEPT, "authorization": f"Bearer {tokens['access_token']}"}
        )

    assert (200, 502) == (ready.status_code, call.status_code)
