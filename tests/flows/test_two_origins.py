"""The MCP server and the dashboard under two names of one listener (architecture.md T9, T10)."""

import http.client
import json
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import httpx2
import pytest

from tests.flows.person import Forms, Person
from tests.flows.sdk_client import Connector, ask_whoami, claims_of, plain_http, seconds_until_refused, text_of
from tests.flows.server_process import EMAIL, PASSWORD, ServerProcess, environment_for, free_port, serving

pytestmark = pytest.mark.anyio

QUERY = "state=a%20b&x=%2f%2F;'\"&y=%E2%82%AC&z=%zz&plus=+&state=twice"
"""What a careless redirect would decode, re-encode, sort or merge."""
PAGES = ("/", "/account", "/sign-in", "/sign-up", "/setup/x", "/oauth/authorize", "/nowhere")
DOCUMENTS = (
    "/.well-known/oauth-authorization-server",
    "/.well-known/oauth-authorization-server/http",
    "/.well-known/openid-configuration",
    "/.well-known/oauth-protected-resource",
    "/.well-known/oauth-protected-resource/http",
    "/.well-known/jwks.json",
)


@dataclass(frozen=True, slots=True)
class TwoOrigins:
    """A server and its two public addresses."""

    mcp: str
    dashboard: str
    server: ServerProcess


@pytest.fixture(scope="module")
def origins(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TwoOrigins]:
    """One listener, two origins."""
    folder, port = tmp_path_factory.mktemp("origins"), free_port()
    mcp, dashboard = f"http://127.0.0.1:{port}", f"http://localhost:{port}"
    environment = environment_for(folder / "data", mcp_base_url=mcp, dashboard_url=dashboard)
    with serving(environment, folder / "log", port=port) as server:
        yield TwoOrigins(mcp, dashboard, server)


@asynccontextmanager
async def at_both(origins: TwoOrigins) -> AsyncGenerator[tuple[httpx2.AsyncClient, httpx2.AsyncClient], None]:
    """A plain client of each origin."""
    async with plain_http(origins.mcp) as mcp, plain_http(origins.dashboard) as dashboard:
        yield mcp, dashboard


def get_as_it_is(base: str, target: str, host: str) -> http.client.HTTPResponse:
    """GET past every library that would mend the address."""
    connection = http.client.HTTPConnection(urlsplit(base).netloc, timeout=30)
    try:
        connection.putrequest("GET", target, skip_host=True)
        connection.putheader("host", host)
        connection.endheaders()
        return connection.getresponse()
    finally:
        connection.close()


@pytest.mark.parametrize("mode", ["legacy", "2026-07-28"])
async def test_an_unmodified_client_is_led_over_both_origins(origins: TwoOrigins, mode: str):
    """Discovery, registration and tokens at one, the browser at the other, `iss` the MCP base URL (RFC 9207)."""
    async with Person(origins.dashboard) as person, plain_http(origins.mcp) as machine:
        connector = Connector(f"{origins.mcp}/http", person)
        async with connector.connected(mode) as client:
            who = json.loads(text_of(await client.call_tool("whoami", {})))
        cookie_hosts = {cookie.domain.removesuffix(".local") for cookie in person.browser.cookies.jar}
        claims = claims_of(connector.access_token)
        await person.disconnect(claims["gid"])
        await seconds_until_refused(machine, connector.access_token)

    assert [f"{origins.dashboard}/oauth/authorize"] == [url.partition("?")[0] for url in connector.opened]
    assert origins.mcp == connector.callback["iss"]
    assert (origins.mcp, f"{origins.mcp}/http") == (claims["iss"], claims["aud"])
    assert claims["sub"] == who["sub"]
    assert {"localhost"} == cookie_hosts


@pytest.mark.parametrize("path", DOCUMENTS)
async def test_a_document_is_the_same_under_every_host(origins: TwoOrigins, path: str):
    """T9: the public address is configuration."""
    async with at_both(origins) as (mcp, dashboard):
        answers = [
            await mcp.get(path),
            await dashboard.get(path),
            await mcp.get(path, headers={"host": "evil.example"}),
        ]

    assert [200] * 3 == [answer.status_code for answer in answers]
    assert 1 == len({answer.content for answer in answers})
    assert "evil.example" not in answers[2].text


async def test_discovery_names_both(origins: TwoOrigins):
    """RFC 8414 §2, RFC 9728 §2."""
    async with plain_http(origins.mcp) as machine:
        server = (await machine.get(DOCUMENTS[0])).json()
        resource = (await machine.get(DOCUMENTS[3])).json()
        challenge = (await machine.post("/http", json={})).headers["www-authenticate"]

    assert origins.mcp == server["issuer"]
    assert f"{origins.dashboard}/oauth/authorize" == server["authorization_endpoint"]
    others = {name: server[name] for name in ("token_endpoint", "registration_endpoint", "jwks_uri")}
    assert all(address.startswith(origins.mcp + "/") for address in others.values()), others
    assert (f"{origins.mcp}/http", [origins.mcp]) == (resource["resource"], resource["authorization_servers"])
    assert f'resource_metadata="{origins.mcp}/.well-known/oauth-protected-resource/http"' in challenge


@pytest.mark.parametrize("host", ["127.0.0.1", "evil.example"])
@pytest.mark.parametrize("path", PAGES)
def test_a_page_elsewhere_is_a_step_to_the_dashboard(origins: TwoOrigins, path: str, host: str):
    """T10: 303, and the query as it came, byte for byte."""
    answer = get_as_it_is(origins.mcp, f"{path}?{QUERY}", host)

    assert (303, f"{origins.dashboard}{path}?{QUERY}") == (answer.status, answer.headers["location"])
    assert "set-cookie" not in answer.headers


def test_the_old_authorize_address_is_a_step_too(origins: TwoOrigins):
    """R9: clients that know no metadata ask `/authorize`, on whichever host they know."""
    answers = [get_as_it_is(base, f"/authorize?{QUERY}", "evil.example") for base in (origins.mcp, origins.dashboard)]

    expected = (303, f"{origins.dashboard}/oauth/authorize?{QUERY}")
    assert [expected] * 2 == [(answer.status, answer.headers["location"]) for answer in answers]


async def test_a_posted_authorization_request_is_a_step_to_the_dashboard(origins: TwoOrigins):
    """OIDC Core §3.1.2.1 lets clients post; the session's cookie is at the dashboard alone."""
    form = "response_type=code&state=a%20b&resource=%2f%2F&state=c#d\r\nx"
    headers = {"content-type": "application/x-www-form-urlencoded", "origin": "https://client.example"}
    async with at_both(origins) as (mcp, dashboard):
        elsewhere = await mcp.post("/oauth/authorize", content=form, headers=headers)
        at_home = await dashboard.post("/oauth/authorize", content=form, headers=headers)

    encoded = form.replace("#", "%23").replace("\r\n", "%0D%0A")
    assert (303, f"{origins.dashboard}/oauth/authorize?{encoded}") == (
        elsewhere.status_code,
        elsewhere.headers["location"],
    )
    assert 303 != at_home.status_code


@pytest.mark.parametrize("prefix", ["", "/api/oauth"])
async def test_machines_are_served_in_place(origins: TwoOrigins, prefix: str):
    """T10: /token and /register on the MCP host, and whatever Host a proxy made of it."""
    body = {"client_name": "A client", "redirect_uris": ["http://127.0.0.1:49321/callback"]}
    grant = {"grant_type": "authorization_code", "code": "dwc_unknown"}
    hosts = ("127.0.0.1", "evil.example")
    async with plain_http(origins.mcp) as machine:
        registered = [await machine.post(f"{prefix}/register", json=body, headers={"host": host}) for host in hosts]
        refused = [await machine.post(f"{prefix}/token", data=grant, headers={"host": host}) for host in hosts]

    assert [201, 201] == [answer.status_code for answer in registered]
    assert [("invalid_client", 401)] * 2 == [(answer.json()["error"], answer.status_code) for answer in refused]


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/api/users/me", "/api/nowhere", "/.well-known/nowhere"])
async def test_no_route_for_machines_ever_redirects(origins: TwoOrigins, path: str):
    """T10: protocol and well-known routes ignore Host."""
    async with at_both(origins) as (mcp, dashboard):
        first, second = await mcp.get(path), await dashboard.get(path)

    assert first.status_code == second.status_code
    assert first.status_code in {200, 401, 404}


async def test_origin_checks_compare_with_the_dashboard(origins: TwoOrigins):
    """N7: the MCP host is a foreign origin to the pages, and has no session."""
    async with Person(origins.dashboard) as person:
        page = await person.browser.get("/sign-in")
        form = {**Forms(page.text).found[0].fields, "email": EMAIL, "password": PASSWORD}
        statuses = {
            origin: (await person.browser.post("/sign-in", data=form, headers={"origin": origin})).status_code
            for origin in (origins.mcp, "null", origins.dashboard)
        }
        sent_there = await person.browser.post(f"{origins.mcp}/sign-in", data=form, headers={"origin": origins.mcp})

    assert {origins.mcp: 403, "null": 403, origins.dashboard: 303} == statuses
    assert (403, False) == (sent_there.status_code, "set-cookie" in sent_there.headers)


async def test_the_json_routes_answer_on_both(origins: TwoOrigins):
    """The seed's routes name no host; the session token is no cookie."""
    async with at_both(origins) as both:
        signed_in = [
            await machine.post("/api/users/login", json={"email": EMAIL, "password": PASSWORD}) for machine in both
        ]
        key = await both[1].post(
            "/api/users/mcp-keys",
            json={"name": "a script"},
            headers={"authorization": f"Bearer {signed_in[0].json()['access_token']}"},
        )
        whoami = [(await ask_whoami(machine, key.json()["key"])).status_code for machine in both]

    assert [200, 200] == [answer.status_code for answer in signed_in]
    assert [200, 200] == whoami


async def test_the_set_up_link_leads_to_the_dashboard(tmp_path: Path):
    """It is a page, so it has the dashboard's address."""
    port = free_port()
    dashboard = f"http://localhost:{port}"
    environment = environment_for(tmp_path / "data", mcp_base_url=f"http://127.0.0.1:{port}", dashboard_url=dashboard)
    with serving(environment, tmp_path / "log", port=port):
        said = (tmp_path / "log").read_text()

    assert f"{dashboard}/setup/" in said
    assert f"http://127.0.0.1:{port}/http" in said
