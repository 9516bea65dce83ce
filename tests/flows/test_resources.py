"""Several protected MCP servers behind one issuer: named tolerantly, described exactly, kept apart."""

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import anyio
import httpx2
import pytest

from doorward.app import open_installation
from doorward.app.resources import open_catalogue
from doorward.app.web_app import RESOURCE_RELOAD_SECONDS as RELOADED_WITHIN
from doorward.audit import RequestContext
from doorward.identity.ports import EmailTaken
from doorward.oauth.records import ClientOrigin
from doorward.operations.create_resource import create_resource
from doorward.operations.create_user import create_user
from doorward.settings import addresses
from tests.builders import a_client
from tests.flows.round_trips import round_trips, without_jobs
from tests.flows.service import (
    BASE,
    PASSWORD,
    RESOURCE,
    WEB_REDIRECT,
    Service,
    StoppedClock,
    callback,
    claims_of,
    running,
    settings_for,
)

pytestmark = pytest.mark.anyio

FILES, WIKI = "https://files.example.com/mcp", f"{BASE}/wiki"
DECLARED = f"""
[[resources]]
identifier = "{FILES}"
name = "Files"
aliases = ["https://old.example.com/files"]
documentation = "https://files.example.com/docs"
default_scope = "files:read"
access_token_lifetime = "10m"
authorization_lifetime = "7d"
scopes = [
    {{ name = "files", words = "Read and change your files", includes = ["files:read"] }},
    {{ name = "files:read", words = "Read your files" }},
]

[[resources]]
identifier = "{WIKI}"
name = "Wiki"
"""
ADMINISTRATOR = "admin@example.com"


@pytest.fixture
async def service(tmp_path: Path, database_url: str) -> AsyncIterator[Service]:
    """A server with two more resources, one of them on its own host."""
    file = tmp_path / "resources.toml"
    file.write_text(DECLARED)
    settings = settings_for(tmp_path, database_url, secret_key="k" * 40, resources_file=file)
    async with running(settings) as started:
        yield started


SPELLINGS = (
    (None, RESOURCE, "mcp"),
    (RESOURCE + "/", RESOURCE, "mcp"),
    (FILES, FILES, "files:read"),
    (FILES + "/", FILES, "files:read"),
    ("https://FILES.example.com:443/mcp", FILES, "files:read"),
    ("https://old.example.com/files/", FILES, "files:read"),
    (WIKI, WIKI, "mcp"),
)


async def test_each_resource_is_named_tolerantly_and_has_one_audience(service: Service) -> None:
    """R7: whatever people type, and one canonical `aud` (RFC 8707 §2, RFC 9068 §3)."""
    client_id = (await service.registered())["client_id"]
    await service.signed_in()
    for spelling, aud, scope in SPELLINGS:
        code = await service.code(client_id, resource=spelling, scope=None)
        answer = (await service.redeemed(client_id, code, resource=spelling)).json()
        claims = claims_of(answer["access_token"])

        assert (aud, scope, scope) == (claims["aud"], claims["scope"], answer["scope"])


async def test_nothing_else_is_a_resource(service: Service) -> None:
    """No prefix, no other scheme, no other path."""
    client_id = service.operators_client().client_id
    for foreign in (FILES + "/more", FILES[:-4], FILES.replace("https", "http"), FILES.replace("mcp", "MCP"), "x"):
        answer = await service.consent_page(client_id, resource=foreign, redirect_uri=WEB_REDIRECT)

        assert "invalid_target" == callback(answer)["error"]


async def test_a_grant_stays_with_its_resource(service: Service) -> None:
    """A code and a refresh token of one resource give no token for another (RFC 8707 §2.2)."""
    client_id = (await service.registered())["client_id"]
    await service.signed_in()
    code = await service.code(client_id, resource=FILES)
    moved = await service.redeemed(client_id, code, resource=RESOURCE)
    tokens = (await service.redeemed(client_id, code, resource=FILES)).json()
    refreshed = await service.refreshed(client_id, tokens["refresh_token"], resource=WIKI)
    same = await service.refreshed(client_id, tokens["refresh_token"])
    opened = await service.http.post("/http", json={}, headers={"authorization": f"Bearer {tokens['access_token']}"})

    assert ["invalid_target", "invalid_target"] == [moved.json()["error"], refreshed.json()["error"]]
    assert FILES == claims_of(same.json()["access_token"])["aud"]
    assert 401 == opened.status_code


async def test_each_resource_has_its_own_words_and_lifetimes(service: Service) -> None:
    """ASVS 10.7.2: the page says what this resource's scope means, and for how long."""
    client_id = (await service.registered(grant_types=["authorization_code"]))["client_id"]
    staying = (await service.registered())["client_id"]
    await service.signed_in()
    page = await service.consent_page(client_id, resource=FILES, scope="files mcp")
    long_page = await service.consent_page(staying, resource=FILES)
    answer = (await service.redeemed(client_id, await service.code(client_id, resource=FILES))).json()

    assert "Read and change your files" in page.text
    assert "Use the tools" not in page.text
    assert "For 10 minutes" in page.text
    assert "7 days at the latest" in long_page.text
    assert 600 == answer["expires_in"]


async def test_the_account_page_says_what_each_app_is_connected_to(service: Service) -> None:
    client_id = (await service.registered())["client_id"]
    await service.signed_in()
    await service.redeemed(client_id, await service.code(client_id, resource=FILES))
    page = await service.browser.get("/account")

    assert "<p>Files</p>" in page.text
    assert "Read your files" in page.text


async def test_resources_of_this_host_are_described_here(service: Service) -> None:
    """RFC 9728 §3.1: path-inserted, and the root names the built-in one; others serve their own."""
    built_in = (await service.http.get("/.well-known/oauth-protected-resource/http")).json()
    root = (await service.http.get("/.well-known/oauth-protected-resource")).json()
    wiki = (await service.http.get("/.well-known/oauth-protected-resource/wiki")).json()
    nothing = [
        await service.http.get("/.well-known/oauth-protected-resource" + path)
        for path in ("/mcp", "/wiki/", "/wiki/more", "/none", "x")
    ]

    assert RESOURCE == built_in["resource"] == root["resource"]
    assert {"resource": WIKI, "resource_name": "Wiki", "authorization_servers": [BASE]}.items() <= wiki.items()
    assert ["mcp"] == wiki["scopes_supported"]
    assert {404} == {answer.status_code for answer in nothing}
    assert {"not_found"} == {answer.json()["error"] for answer in nothing}


async def test_what_is_advertised_stays_small(service: Service) -> None:
    """R22: clients take all that is listed, so it is the default resource's least, and no scope is refused."""
    metadata = (await service.http.get("/.well-known/oauth-authorization-server")).json()
    registered = await service.registered(scope="files files:read mcp nothing")

    assert ["mcp", "offline_access"] == metadata["scopes_supported"]
    assert [RESOURCE, FILES, WIKI] == metadata["protected_resources"]
    assert "files files:read mcp" == registered["scope"]


async def test_an_operators_client_is_spared_the_question_for_what_the_person_saw(service: Service) -> None:
    """What a scope includes may change, so the hierarchy does not count in what is remembered."""
    client = a_client(scope=None, trusted=True, redirect_uris=(WEB_REDIRECT,), origin=ClientOrigin.OPERATOR)
    service.installation.database.write(lambda stores: stores.clients.add(client))
    await service.signed_in()
    asked = {"redirect_uri": WEB_REDIRECT, "resource": FILES}
    await service.decided(await service.consent_page(client.client_id, scope="files", **asked))
    same = await service.consent_page(client.client_id, scope="files", **asked)
    included = await service.consent_page(client.client_id, scope="files:read", **asked)
    elsewhere = await service.consent_page(client.client_id, scope="mcp", redirect_uri=WEB_REDIRECT)

    assert "code" in callback(same)
    assert 'value="approve"' in included.text
    assert 'value="approve"' in elsewhere.text


async def test_resources_cost_no_round_trip(tmp_path: Path, database_url: str) -> None:
    """They are in memory: a code exchange with a `resource` is one statement, and discovery none."""
    settings = settings_for(tmp_path, database_url, secret_key="k" * 40)
    with without_jobs():
        async with running(settings, clock=StoppedClock()) as service:
            await administered(service, "POST", "", {"identifier": FILES, "name": "Files"})
            client_id = (await service.registered())["client_id"]
            await service.signed_in()
            await service.redeemed(client_id, await service.code(client_id, resource=FILES))
            code = await service.code(client_id, resource=FILES)
            with round_trips(service.installation) as trips:
                answer = await service.redeemed(client_id, code, resource=FILES)
                await service.http.get("/.well-known/oauth-authorization-server")
                await service.http.get("/.well-known/oauth-protected-resource/http")

    assert 200 == answer.status_code
    assert FILES == claims_of(answer.json()["access_token"])["aud"]
    assert 1 == len(trips), trips


async def test_a_change_is_known_without_a_restart(tmp_path: Path, database_url: str) -> None:
    """Made in one process, known in another within 5 s: the job of the other reads it."""
    settings = settings_for(tmp_path, database_url, secret_key="k" * 40)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("doorward.app.web_app.RESOURCE_RELOAD_SECONDS", 0.02)
        async with running(settings) as service:
            with open_installation(settings) as other:
                create_resource(
                    other.database,
                    open_catalogue(settings, addresses(settings, host="localhost", port=8000), other.database).rules,
                    definition={"identifier": WIKI, "name": "Wiki"},
                    is_default=True,
                    now=service.clock.now(),
                    context=RequestContext(),
                )
            with anyio.fail_after(5):
                while (await described(service, "/wiki")).status_code == 404:  # noqa: ASYNC110 - another process's word
                    await anyio.sleep(0.02)
            metadata = (await service.http.get("/.well-known/oauth-authorization-server")).json()

    assert [WIKI, RESOURCE] == metadata["protected_resources"]
    assert RELOADED_WITHIN <= 5


async def test_a_deleted_resource_ends_what_was_granted_for_it(tmp_path: Path, database_url: str) -> None:
    settings = settings_for(tmp_path, database_url, secret_key="k" * 40)
    async with running(settings) as service:
        made = await administered(service, "POST", "", {"identifier": FILES, "name": "Files"})
        client_id = (await service.registered())["client_id"]
        await service.signed_in()
        tokens = (await service.redeemed(client_id, await service.code(client_id, resource=FILES))).json()
        await administered(service, "DELETE", f"/{made['id']}")
        refreshed = await service.refreshed(client_id, tokens["refresh_token"])
        asked = await service.consent_page(
            service.operators_client().client_id, resource=FILES, redirect_uri=WEB_REDIRECT
        )

    assert "invalid_grant" == refreshed.json()["error"]
    assert "invalid_target" == callback(asked)["error"]


async def test_the_built_in_resource_takes_over_what_is_stored_about_it(tmp_path: Path, database_url: str) -> None:
    """The next request is decided by it, and it goes back to the settings when that is deleted."""
    settings = settings_for(tmp_path, database_url, secret_key="k" * 40)
    async with running(settings) as service:
        client_id, tokens = await service.connected()
        headers = {"authorization": f"Bearer {tokens['access_token']}"}
        (built_in,) = (await administered(service, "GET", ""))["resources"]
        before = await service.http.post("/http", json=LIST_TOOLS, headers=headers)
        changed = await administered(
            service,
            "PATCH",
            f"/{built_in['id']}",
            {"scopes": [{"name": "use", "words": "Use it"}], "default_scope": "use", "token_format": "opaque"},
        )
        during = await service.http.post("/http", json=LIST_TOOLS, headers=headers)
        opaque = (await service.redeemed(client_id, await service.code(client_id))).json()
        with_opaque = await service.http.post(
            "/http", json=LIST_TOOLS, headers={"authorization": f"Bearer {opaque['access_token']}"}
        )
        await administered(service, "DELETE", f"/{built_in['id']}")
        after = await service.http.post("/http", json=LIST_TOOLS, headers=headers)

    assert ("built-in", "database") == (built_in["source"], changed["source"])
    assert [200, 403, 200, 200] == [answer.status_code for answer in (before, during, with_opaque, after)]
    assert 'scope="mcp use"' in during.headers["www-authenticate"]
    assert opaque["access_token"].startswith("dwt_")


LIST_TOOLS = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}


async def described(service: Service, path: str) -> httpx2.Response:
    return await service.http.get("/.well-known/oauth-protected-resource" + path)


async def administered(
    service: Service, method: str, path: str, body: dict[str, object] | None = None
) -> dict[str, Any]:
    """An administrator's call of the JSON API."""
    with contextlib.suppress(EmailTaken):
        create_user(
            service.installation.database,
            service.installation.passwords,
            email=ADMINISTRATOR,
            password=PASSWORD,
            is_administrator=True,
            now=service.clock.now(),
            context=RequestContext(),
        )
    login = await service.http.post("/api/users/login", json={"email": ADMINISTRATOR, "password": PASSWORD})
    session = {"authorization": f"Bearer {login.json()['access_token']}"}
    answer = await service.http.request(method, "/api/admin/resources" + path, json=body, headers=session)
    assert answer.is_success, answer.text
    return answer.json() if answer.content else {}
