"""A running Doorward in this process, and the steps that a client, a browser and a person take on it."""

import base64
import hashlib
import html
import json
import re
import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import anyio
import httpx2

from doorward.app import Installation, create_app, open_installation
from doorward.app.lifespan import ServerApp
from doorward.audit import AuditEvent, RequestContext
from doorward.kit.clock import SystemClock
from doorward.oauth.records import Client
from doorward.operations.create_client import create_client
from doorward.operations.create_user import create_user
from doorward.operations.tail_audit import tail_audit
from doorward.settings import Settings
from tests.builders import fast_passwords

BASE = "http://localhost:8000"
RESOURCE = f"{BASE}/http"
REDIRECT = "http://127.0.0.1:49152/callback"
WEB_REDIRECT = "https://portal.example/callback"
EMAIL, PASSWORD = "person@example.com", "four quiet words suffice"
FORM = {"content-type": "application/x-www-form-urlencoded"}
INITIALIZE = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}},
}
"""The first message of an MCP client."""


def a_verifier() -> str:
    return secrets.token_urlsafe(48)


def challenge_for(verifier: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def form_fields(page: str, action: str) -> dict[str, str]:
    """The hidden fields of the form with that action."""
    form = re.search(rf'<form[^>]*action="{re.escape(action)}"[^>]*>(.*?)</form>', page, re.DOTALL)
    assert form is not None, f"no form for {action} in {page[:2000]}"
    fields: dict[str, str] = {}
    for tag in re.findall(r"<input[^>]*>", form[1]):
        attributes = dict(re.findall(r'([a-z-]+)="([^"]*)"', tag))
        if attributes.get("type") == "hidden":
            fields[attributes["name"]] = html.unescape(attributes["value"])
    return fields


class TravellingClock(SystemClock):
    """A clock that can be moved on, whatever the database says its own time is."""

    def __init__(self) -> None:
        super().__init__()
        self.travelled = timedelta(0)

    def now(self) -> datetime:
        return super().now() + self.travelled


@dataclass
class Service:
    """A server, and one browser that keeps its cookies."""

    installation: Installation
    clock: TravellingClock
    http: httpx2.AsyncClient
    browser: httpx2.AsyncClient
    verifier: str = field(default_factory=a_verifier)
    app: ServerApp | None = None

    def later(self, delay: timedelta) -> None:
        """Let time pass."""
        self.clock.travelled += delay

    async def run_job(self, name: str) -> None:
        """What a periodic job does, at once."""
        assert self.app is not None
        await anyio.to_thread.run_sync(next(job for job in self.app._jobs if job.name == name).run)

    def audit(self) -> list[AuditEvent]:
        return [event for _, event in tail_audit(self.installation.database, limit=1000)]

    def operators_client(self, *, trusted: bool = False, redirect_uri: str = WEB_REDIRECT) -> Client:
        """A public client that an operator registered."""
        client, _ = create_client(
            self.installation.database,
            name="Portal",
            redirect_uris=[redirect_uri],
            grant_types=["authorization_code", "refresh_token"],
            auth_method="none",
            trusted=trusted,
            scope=None,
            now=self.clock.now(),
            context=RequestContext(),
        )
        return client

    async def registered(self, **members: object) -> dict[str, str]:
        """A client registered over HTTP."""
        body = {"client_name": "Test client", "redirect_uris": [REDIRECT], **members}
        answer = await self.http.post("/api/oauth/register", json=body)
        assert 201 == answer.status_code, answer.text
        return answer.json()

    async def signed_in(self) -> None:
        """The browser, signed in."""
        page = await self.browser.get("/sign-in")
        answer = await self.browser.post(
            "/sign-in", data={**form_fields(page.text, "/sign-in"), "email": EMAIL, "password": PASSWORD}
        )
        assert 303 == answer.status_code, answer.text

    def authorization_url(self, client_id: str | None, /, **changes: str | None) -> str:
        fields: dict[str, str | None] = {
            "response_type": "code",
            "client_id": client_id,
            "redirect_uri": REDIRECT,
            "code_challenge": challenge_for(self.verifier),
            "code_challenge_method": "S256",
            "state": "a state/with+signs",
            "scope": "mcp",
            "resource": RESOURCE,
            **changes,
        }
        return "/oauth/authorize?" + urlencode({k: v for k, v in fields.items() if v is not None})

    async def consent_page(self, client_id: str, /, **changes: str | None) -> httpx2.Response:
        return await self.browser.get(self.authorization_url(client_id, **changes))

    async def decided(self, page: httpx2.Response, decision: str = "approve") -> httpx2.Response:
        fields = form_fields(page.text, "/oauth/consent")
        return await self.browser.post("/oauth/consent", data={**fields, "decision": decision})

    async def code(self, client_id: str, /, **changes: str | None) -> str:
        """A code that the signed-in person allowed."""
        answer = await self.decided(await self.consent_page(client_id, **changes))
        assert 303 == answer.status_code, answer.text
        return callback(answer)["code"]

    async def token(self, headers: Mapping[str, str] | None = None, /, **fields: str | None) -> httpx2.Response:
        body = urlencode({k: v for k, v in fields.items() if v is not None})
        return await self.http.post("/api/oauth/token", content=body, headers={**FORM, **(headers or {})})

    async def redeemed(self, client_id: str, code: str, /, **changes: str | None) -> httpx2.Response:
        fields: dict[str, str | None] = {
            "grant_type": "authorization_code",
            "client_id": client_id,
            "code": code,
            "redirect_uri": REDIRECT,
            "code_verifier": self.verifier,
            **changes,
        }
        return await self.token(**fields)

    async def refreshed(self, client_id: str, refresh_token: str, /, **changes: str | None) -> httpx2.Response:
        fields = {"grant_type": "refresh_token", "client_id": client_id, "refresh_token": refresh_token, **changes}
        return await self.token(**fields)

    async def connected(self, **members: object) -> tuple[str, dict[str, str]]:
        """A client with its first tokens."""
        client_id = (await self.registered(**members))["client_id"]
        await self.signed_in()
        answer = await self.redeemed(client_id, await self.code(client_id))
        assert 200 == answer.status_code, answer.text
        return client_id, answer.json()


def callback(answer: httpx2.Response) -> dict[str, str]:
    """The parameters of the redirect to the client."""
    return {name: values[0] for name, values in parse_qs(urlsplit(answer.headers["location"]).query).items()}


def claims_of(access_token: str) -> dict[str, object]:
    """The claims of an access token, unverified."""
    payload = access_token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))


class StoppedClock(TravellingClock):
    """A clock that stands still until it is moved, so that nothing expires because a machine is slow."""

    def __init__(self) -> None:
        super().__init__()
        self._started = super().now()

    def now(self) -> datetime:
        return self._started + self.travelled


@asynccontextmanager
async def running(
    settings: Settings, *, clock: TravellingClock | None = None, again: bool = False
) -> AsyncIterator[Service]:
    """Run a server with an account in it, which is there already when the same database runs `again`."""
    with open_installation(settings) as opened:
        clock = clock or TravellingClock()
        installation = replace(opened, clock=clock, passwords=fast_passwords())
        if not again:
            create_user(
                installation.database,
                installation.passwords,
                email=EMAIL,
                password=PASSWORD,
                now=installation.clock.now(),
                context=RequestContext(),
            )
        app = create_app(installation, port=8000)
        async with app.running(), _client(app) as http, _client(app) as browser:
            yield Service(installation, clock, http, browser, app=app)


def _client(app: object) -> httpx2.AsyncClient:
    transport = httpx2.ASGITransport(app=app)  # type: ignore[arg-type]
    return httpx2.AsyncClient(transport=transport, base_url=BASE)


def settings_for(data_dir: Path, database_url: str, **changes: object) -> Settings:
    return Settings(data_dir=data_dir, database_url=database_url, mcp_base_url=BASE, **changes)  # type: ignore[arg-type]
