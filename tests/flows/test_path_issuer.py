"""An issuer with a path: everything lives under it, and the well-known documents where clients look for them."""

from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx2
import pytest

from tests.flows.person import Forms
from tests.flows.service import BASE, EMAIL, PASSWORD, REDIRECT, Service, callback, claims_of, running, settings_for

pytestmark = pytest.mark.anyio

ISSUER = f"{BASE}/tenant"
RESOURCE = f"{ISSUER}/http"
SERVER_DOCUMENTS = (
    "/.well-known/oauth-authorization-server/tenant",
    "/.well-known/openid-configuration/tenant",
    "/tenant/.well-known/openid-configuration",
    "/tenant/.well-known/oauth-authorization-server",
    "/.well-known/oauth-authorization-server/tenant/http",
)
RESOURCE_DOCUMENTS = (
    "/.well-known/oauth-protected-resource/tenant/http",
    "/tenant/.well-known/oauth-protected-resource",
)


@pytest.fixture
async def service(tmp_path: Path, database_url: str) -> AsyncIterator[Service]:
    settings = settings_for(tmp_path, database_url, secret_key="k" * 40).model_copy(update={"mcp_base_url": ISSUER})
    async with running(settings) as started:
        yield started


async def browse(service: Service, answer: httpx2.Response) -> httpx2.Response:
    """Follow our own redirects, as browsers do."""
    while answer.status_code == 303 and answer.headers["location"].startswith("/"):
        answer = await service.browser.get(answer.headers["location"])
    return answer


async def submit(service: Service, page: httpx2.Response, name: str, **typed: str) -> httpx2.Response:
    (form,) = [form for form in Forms(page.text).found if name in form.names]
    assert form.action.startswith("/tenant/")
    return await service.browser.post(form.action, data={**form.fields, **typed})


async def test_the_documents_are_where_clients_look(service: Service) -> None:
    """RFC 8414 §3.1, RFC 9728 §3.1, interop 3.2; `issuer` is exact (RFC 8414 §3.3)."""
    servers = [(await service.http.get(path)).json() for path in SERVER_DOCUMENTS]
    resources = [(await service.http.get(path)).json() for path in RESOURCE_DOCUMENTS]
    challenge = (await service.http.post("/tenant/http", json={})).headers["www-authenticate"]

    assert {ISSUER} == {document["issuer"] for document in servers}
    assert all(document == servers[0] for document in servers)
    assert {RESOURCE} == {document["resource"] for document in resources}
    assert [[ISSUER]] * 2 == [document["authorization_servers"] for document in resources]
    assert f'resource_metadata="{BASE}{RESOURCE_DOCUMENTS[0]}"' in challenge
    for name, value in servers[0].items():
        if name.endswith(("_endpoint", "_uri")):
            assert value.startswith(ISSUER + "/")
            assert 404 != (await service.http.get(value.removeprefix(BASE))).status_code


async def test_the_whole_way_stays_under_the_path(service: Service) -> None:
    """Sign-in, consent, code, tokens, the call, the account and back out; links, forms, redirects and the cookie."""
    registered = await service.http.post("/tenant/api/oauth/register", json={"redirect_uris": [REDIRECT]})
    client_id = registered.json()["client_id"]
    url = "/tenant" + service.authorization_url(client_id, resource=RESOURCE)
    page = await service.browser.get(url)
    signed_in = await submit(service, page, "password", email=EMAIL, password=PASSWORD)
    asked = await browse(service, signed_in)
    answer = await submit(service, asked, "decision", decision="approve")
    form = {
        "grant_type": "authorization_code",
        "client_id": client_id,
        "code": callback(answer)["code"],
        "code_verifier": service.verifier,
    }
    tokens = (await service.http.post("/tenant/api/oauth/token", data=form)).json()
    called = await service.http.post(
        "/tenant/http",
        json={"jsonrpc": "2.0", "id": 1, "method": "tools/list"},
        headers={"authorization": f"Bearer {tokens['access_token']}"},
    )
    account = await browse(service, await service.browser.get("/tenant"))
    disconnected = await submit(service, account, "connection")
    stylesheet = next(part for part in account.text.split('"') if part.endswith(".css"))

    assert ISSUER == callback(answer)["iss"]
    assert (ISSUER, RESOURCE) == tuple(claims_of(tokens["access_token"])[name] for name in ("iss", "aud"))
    assert 200 == called.status_code, called.text
    assert "path=/tenant;" in signed_in.headers["set-cookie"].lower() + ";"
    assert signed_in.headers["location"].startswith("/tenant/oauth/authorize?")
    assert "/tenant/account?done=disconnected" == disconnected.headers["location"]
    assert 200 == (await service.http.get(stylesheet)).status_code
    for text in (page.text, asked.text, account.text):
        assert 'href="/tenant/' in text
        assert not [link for link in text.split('"') if link.startswith("/") and not link.startswith("/tenant/")]


async def test_nothing_of_it_is_outside_the_path(service: Service) -> None:
    """Another tenant may live at the same host."""
    outside = (
        "/",
        "/http",
        "/account",
        "/sign-in",
        "/api/oauth/token",
        "/.well-known/oauth-authorization-server",
        "/.well-known/oauth-authorization-server/other",
        "/.well-known/oauth-protected-resource/other/http",
        "/tenants/account",
        "/tenantx",
        "/TENANT/account",
        "/other/http",
        "/%74enant/account",
        "/tenant%2Faccount",
    )
    answers = {path: (await service.http.get(path)).status_code for path in outside}

    assert dict.fromkeys(outside, 404) == answers
    assert 200 == (await service.http.get("/healthz")).status_code == (await service.http.get("/readyz")).status_code


async def test_the_cookie_of_a_path_is_bound_to_it(tmp_path: Path, database_url: str) -> None:
    """Browsers refuse `__Host-` with a path; without one the other servers of the host would be sent the session."""
    settings = settings_for(tmp_path, database_url, secret_key="k" * 40)
    settings = settings.model_copy(update={"mcp_base_url": "https://example.com/tenant"})
    async with running(settings) as service:
        at_home = {"host": "example.com"}
        page = await service.browser.get("/tenant/sign-in", headers=at_home)
        (form,) = [form for form in Forms(page.text).found if "password" in form.names]
        answer = await service.browser.post(
            form.action, data={**form.fields, "email": EMAIL, "password": PASSWORD}, headers=at_home
        )
        elsewhere = await service.browser.get("/tenant/account", headers={"host": "127.0.0.1:8000"})

    cookie = answer.headers["set-cookie"].lower()
    assert cookie.startswith("__secure-doorward=")
    assert {"path=/tenant", "secure", "httponly", "samesite=lax"} <= {part.strip() for part in cookie.split(";")}
    assert "https://example.com/tenant/account" == elsewhere.headers["location"]
    assert "" == urlsplit(elsewhere.headers["location"]).query


async def test_a_dashboard_of_its_own_needs_no_path(tmp_path: Path, database_url: str) -> None:
    """The issuer has a path, the pages are elsewhere: each is found where its address says."""
    settings = settings_for(tmp_path, database_url, secret_key="k" * 40)
    changes = {"mcp_base_url": "https://example.com/tenant", "dashboard_url": "https://id.example.com"}
    async with running(settings.model_copy(update=changes)) as service:
        page = await service.browser.get("/sign-in", headers={"host": "id.example.com"})
        metadata = (await service.http.get(SERVER_DOCUMENTS[0])).json()
        moved = await service.browser.get("/tenant/authorize?x=1")

    assert 200 == page.status_code
    assert 'action="/sign-in"' in page.text
    assert "https://id.example.com/oauth/authorize" == metadata["authorization_endpoint"]
    assert "https://id.example.com/oauth/authorize?x=1" == moved.headers["location"]
