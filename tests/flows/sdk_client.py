"""The MCP SDK's own client, unmodified, with a person at hand; and what its tokens open without it."""

import asyncio
import base64
import json
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import parse_qsl, urlsplit

import httpx2
from mcp.client import Client
from mcp.client.auth import OAuthClientProvider
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.auth import AuthorizationCodeResult, OAuthClientInformationFull, OAuthClientMetadata, OAuthToken
from mcp.types import CallToolResult, TextContent

REDIRECT = "http://127.0.0.1:49321/callback"


@dataclass
class Storage:
    """Where the client keeps what it got."""

    tokens: OAuthToken | None = None
    client: OAuthClientInformationFull | None = None
    history: list[OAuthToken] = field(default_factory=list)

    async def get_tokens(self) -> OAuthToken | None:
        return self.tokens

    async def set_tokens(self, tokens: OAuthToken) -> None:
        self.tokens = tokens
        self.history.append(tokens)

    async def get_client_info(self) -> OAuthClientInformationFull | None:
        return self.client

    async def set_client_info(self, client_info: OAuthClientInformationFull) -> None:
        self.client = client_info


class Follower(Protocol):
    """Somebody at a browser."""

    async def follow(self, authorization_url: str, /) -> str:
        """Sign in if asked, and allow; the callback."""
        ...


class Connector:
    """The SDK's client with a person at hand, and a record of what went over the wire."""

    def __init__(self, resource: str, person: Follower, *, document: str | None = None) -> None:
        self.resource, self.person, self.document = resource, person, document
        self.storage = Storage()
        self.exchanges: list[tuple[str, str, int]] = []
        self.opened: list[str] = []
        self.callback: dict[str, str] = {}

    @property
    def code(self) -> str:
        """The last code, redeemed by now."""
        return self.callback["code"]

    @asynccontextmanager
    async def connected(self, mode: str) -> AsyncGenerator[Client, None]:
        """Connect as an MCP host does."""
        auth = OAuthClientProvider(
            self.resource,
            OAuthClientMetadata.model_validate({"client_name": f"SDK {mode}", "redirect_uris": [REDIRECT]}),
            self.storage,
            redirect_handler=self._open_browser,
            callback_handler=self._wait_for_callback,
            client_metadata_url=self.document,
        )
        async with (
            httpx2.AsyncClient(auth=auth, timeout=30, event_hooks={"response": [self._record]}) as http,
            Client(streamable_http_client(self.resource, http_client=http), mode=mode) as client,
        ):
            yield client

    @property
    def access_token(self) -> str:
        """The one in use."""
        assert self.storage.tokens is not None
        return self.storage.tokens.access_token

    async def _open_browser(self, url: str) -> None:
        self.opened.append(url)
        self.callback = dict(parse_qsl(urlsplit(await self.person.follow(url)).query, strict_parsing=True))

    async def _wait_for_callback(self) -> AuthorizationCodeResult:
        assert {"code", "state", "iss"} == set(self.callback)
        return AuthorizationCodeResult(**self.callback)

    async def _record(self, response: httpx2.Response) -> None:
        self.exchanges.append((response.request.method, response.request.url.path, response.status_code))


def claims_of(access_token: str) -> dict[str, Any]:
    """What an access token says, unverified."""
    payload = access_token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))


def kid_of(access_token: str) -> str:
    """Which key signed it."""
    header = access_token.split(".", maxsplit=1)[0]
    return json.loads(base64.urlsafe_b64decode(header + "=" * (-len(header) % 4)))["kid"]


def text_of(result: CallToolResult) -> str:
    """The text of a tool's answer."""
    (content,) = result.content
    assert isinstance(content, TextContent)
    return content.text


async def ask_whoami(http: httpx2.AsyncClient, bearer: str) -> httpx2.Response:
    """Call the tool with that bearer token, without any SDK."""
    call = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "whoami", "arguments": {}}}
    headers = {"authorization": f"Bearer {bearer}", "accept": "application/json, text/event-stream"}
    return await http.post("/http", json=call, headers=headers)


async def seconds_until_refused(http: httpx2.AsyncClient, bearer: str) -> float:
    """How long it takes until the token is refused; it must be by then."""
    started = time.monotonic()
    while (status := (await ask_whoami(http, bearer)).status_code) == 200:
        assert time.monotonic() - started < 5, "still accepted after five seconds"
        await asyncio.sleep(0.1)
    assert 401 == status
    return time.monotonic() - started


@asynccontextmanager
async def plain_http(base: str) -> AsyncGenerator[httpx2.AsyncClient, None]:
    """An HTTP client without any authentication."""
    async with httpx2.AsyncClient(base_url=base, timeout=30) as http:
        yield http
