"""The demo answers every era of the protocol behind the bearer check, and keeps nothing of anybody."""

import json
import subprocess
import sys
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from functools import partial
from typing import Any

import anyio
import httpx2
import pytest
from mcp.client import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.types import CallToolResult, TextContent

from doorward.demo import Demo, create_demo
from doorward.demo.app import MAX_BODY_BYTES
from doorward.resource_server.bearer_auth import BearerAuth
from tests.builders import NOW
from tests.resource_server.sources import World

pytestmark = pytest.mark.anyio

BASE = "https://mcp.example.org"
MODES = ["legacy", "auto", "2026-07-28"]
ACCEPT = {"accept": "application/json, text/event-stream"}


class Clock:
    """Time that stands still."""

    def now(self) -> datetime:
        return NOW


class Site:
    """The demo behind the bearer check."""

    def __init__(self, world: World, demo: Demo) -> None:
        self.world, self.demo = world, demo
        self.app = BearerAuth(demo, world.verifier, resource_metadata=f"{BASE}/x", scope=("mcp",), clock=Clock())

    def http(self, token: str | None = None, *, base: str = BASE) -> httpx2.AsyncClient:
        """An HTTP client that presents this token, or a good one."""
        headers = {"authorization": f"Bearer {token or self.world.token()}"}
        return httpx2.AsyncClient(transport=httpx2.ASGITransport(app=self.app), base_url=base, headers=headers)

    @asynccontextmanager
    async def client(self, mode: str, token: str | None = None) -> AsyncGenerator[Client, None]:
        """The unmodified SDK client."""
        async with (
            self.http(token) as http,
            Client(streamable_http_client(f"{BASE}/http", http_client=http), mode=mode) as client,
        ):
            yield client


@asynccontextmanager
async def a_site(describe_user: Callable[[str], str | None] | None = None) -> AsyncGenerator[Site, None]:
    """A demo that is closed afterwards."""
    site = Site(World(), create_demo(BASE, describe_user=describe_user))
    try:
        yield site
    finally:
        await site.demo.aclose()
        site.app.close()


def text_of(result: CallToolResult) -> str:
    """The text of a tool's answer."""
    (content,) = result.content
    assert isinstance(content, TextContent)
    return content.text


@pytest.mark.parametrize("mode", MODES)
async def test_the_tools_are_whoami_echo_and_add(mode: str):
    """In the protocol of 2026-07-28 and in the earlier ones."""
    async with a_site() as site, site.client(mode) as client:
        tools = await client.list_tools()
        echoed = await client.call_tool("echo", {"text": "zwölf"})
        added = await client.call_tool("add", {"a": 2, "b": 0.5})

    assert ["whoami", "echo", "add"] == [tool.name for tool in tools.tools]
    assert all(tool.description for tool in tools.tools)
    assert "zwölf" == text_of(echoed)
    assert "2.5" == text_of(added)


@pytest.mark.parametrize("mode", MODES)
async def test_whoami_says_what_the_token_says(mode: str):
    """RFC 9068 §2.2: subject, client and scope; the address comes from a look-up, never from the token (S35)."""
    async with (
        a_site(lambda subject: f"{subject}@example.org") as site,
        site.client(mode, site.world.token(scope="mcp extra")) as client,
    ):
        result = await client.call_tool("whoami", {})

    assert {
        "sub": "user-1",
        "client_id": "client-1",
        "scope": "mcp extra",
        "email": "user-1@example.org",
    } == json.loads(text_of(result))


async def test_whoami_for_an_api_key_has_no_client():
    """An API key belongs to a person, not to a client."""
    async with a_site() as site, site.client("auto", site.world.api_key()) as client:
        result = await client.call_tool("whoami", {})

    assert {"sub": "user-1", "client_id": None, "scope": "mcp", "email": None} == json.loads(text_of(result))


@pytest.mark.parametrize(
    ("name", "arguments"),
    [("add", {"a": "x", "b": 1}), ("add", {}), ("echo", {"text": 5})],
)
async def test_wrong_arguments_are_an_error_of_the_tool(name: str, arguments: dict[str, Any]):
    """MCP tools: the model reads what was wrong; nothing breaks."""
    async with a_site() as site, site.client("auto") as client:
        result = await client.call_tool(name, arguments)
        after = await client.call_tool("echo", {"text": "still here"})

    assert result.is_error
    assert "still here" == text_of(after)


async def test_a_refreshed_token_goes_on_where_the_former_one_was():
    """R28: nothing is bound to one token, not even in the era of sessions."""
    async with a_site() as site:
        former, refreshed = site.world.token(jti="1"), site.world.token(jti="2")
        async with (
            site.http(former) as http,
            Client(streamable_http_client(f"{BASE}/http", http_client=http), mode="legacy") as client,
        ):
            await client.call_tool("echo", {"text": "before"})
            http.headers["authorization"] = f"Bearer {refreshed}"
            result = await client.call_tool("echo", {"text": "after"})

    assert "after" == text_of(result)


async def test_both_eras_may_be_mixed_and_a_foreign_session_id_harms_nothing():
    """mcp-remote sends both over one connection, with a session id from one of them."""
    params = {"name": "echo", "arguments": {"text": "x"}}
    call = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}
    meta = {
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientInfo": {"name": "t", "version": "1"},
        "io.modelcontextprotocol/clientCapabilities": {},
    }
    modern = {**call, "params": {**params, "_meta": meta}}
    headers = {"mcp-protocol-version": "2026-07-28", "mcp-method": "tools/call", "mcp-name": "echo"}
    async with a_site() as site, site.http() as http:
        old = await http.post(
            "/http", json=call, headers={**ACCEPT, "mcp-protocol-version": "2025-06-18", "mcp-session-id": "abc"}
        )
        new = await http.post("/http", json=modern, headers={**ACCEPT, **headers, "mcp-session-id": "abc"})

    assert [200, 200] == [old.status_code, new.status_code]
    assert "mcp-session-id" not in old.headers


@pytest.mark.parametrize("method", ["GET", "HEAD", "DELETE", "PUT"])
async def test_only_post_has_a_meaning(method: str):
    """MCP streamable HTTP: 405 says that there is no stream and no session; without a token it is 401 first."""
    async with a_site() as site, site.http() as http:
        answer = await http.request(method, "/http", headers=ACCEPT)
        del http.headers["authorization"]
        anonymous = await http.request(method, "/http", headers=ACCEPT)

    assert (405, "POST, OPTIONS") == (answer.status_code, answer.headers["allow"])
    assert 401 == anonymous.status_code


@pytest.mark.parametrize("host", ["mcp.example.org", "mcp.example.org:443", "localhost", "127.0.0.1:8000", "[::1]:9"])
async def test_the_public_host_and_this_machine_are_answered(host: str):
    """The configured address, with and without its default port, and a proxy's loopback upstream."""
    async with a_site() as site, site.http() as http:
        answer = await http.post("/http", json={}, headers={**ACCEPT, "host": host})

    assert 421 != answer.status_code


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:443", "localhost.evil.example", "mcp.example.org.evil.example"]
)
async def test_a_foreign_host_is_misdirected(host: str):
    """MCP security: DNS rebinding brings a page's own host name."""
    async with a_site() as site, site.http() as http:
        answer = await http.post("/http", json={}, headers={**ACCEPT, "host": host, "origin": f"http://{host}"})

    assert 421 == answer.status_code


async def test_a_web_page_with_a_token_is_answered():
    """R20: clients that run in a browser, wherever they are served from."""
    call = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
    async with a_site() as site, site.http() as http:
        answer = await http.post("/http", json=call, headers={**ACCEPT, "origin": "http://localhost:6274"})

    assert (200, "*") == (answer.status_code, answer.headers["access-control-allow-origin"])


async def test_a_huge_body_is_refused():
    """T8: one mebibyte is plenty."""
    async with a_site() as site, site.http() as http:
        answer = await http.post(
            "/http", content=b"x" * (MAX_BODY_BYTES + 1), headers={**ACCEPT, "content-type": "application/json"}
        )

    assert 413 == answer.status_code


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff",
        b'{"jsonrpc":"2.0"}',
        b"[" * 100_000,
        b'{"jsonrpc":"2.0","id":1,"method":"no/such"}',
    ],
)
@pytest.mark.parametrize("version", [None, "2025-11-25", "2026-07-28", "1999-01-01"])
async def test_nonsense_is_a_client_error(body: bytes, version: str | None):
    """Never a 500, whatever comes and in whichever era."""
    headers = {**ACCEPT, "content-type": "application/json"}
    if version is not None:
        headers["mcp-protocol-version"] = version
    async with a_site() as site, site.http() as http:
        answer = await http.post("/http", content=body, headers=headers)

    assert 200 <= answer.status_code < 500
    assert answer.status_code >= 400 or "error" in answer.json()


async def test_it_starts_once_and_ends_cleanly():
    """Started by the first request, even by several at once, closed by the application, with or without a start."""
    unused = create_demo(BASE)
    await unused.aclose()
    async with a_site() as site, site.http() as http, anyio.create_task_group() as group:
        for _ in range(5):
            group.start_soon(partial(http.post, "/http", json={}, headers=ACCEPT))


async def test_it_lives_as_long_as_the_application_around_it():
    """Gone with the server, even if nobody ever asked."""
    site = Site(World(), create_demo(BASE))
    async with site.demo.running(), site.client("auto") as client:
        assert await client.list_tools()

    async with create_demo(BASE).running():
        pass
    site.app.close()

    assert site.demo._serving is not None
    assert site.demo._serving.done()


def test_importing_the_demo_does_not_import_the_sdk():
    """It takes most of a second and 34 MB: nobody pays before the first request."""
    program = (
        "import sys, doorward.demo; doorward.demo.create_demo('http://localhost:8000'); print('mcp' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert "False" == done.stdout.strip()
