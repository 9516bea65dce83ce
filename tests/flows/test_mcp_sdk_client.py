"""The main job: an unmodified MCP client signs a person in and calls a tool, on a server as operators run it."""

import asyncio
import json
import secrets
import time
from collections.abc import Callable, Iterator

import httpx2
import pytest

from tests.conftest import ENGINES
from tests.flows.person import Person
from tests.flows.sdk_client import (
    Connector,
    ask_whoami,
    claims_of,
    kid_of,
    plain_http,
    seconds_until_refused,
    text_of,
)
from tests.flows.server_process import EMAIL, PASSWORD, ServerProcess, environment_for, serving

pytestmark = pytest.mark.anyio

ACCESS_TOKEN_SECONDS = 6
"""Short enough to wait for, and longer than a revocation may take."""
GRACE_SECONDS = 2
"""For so long after the end the client was told a token is still accepted."""
MODES = ("legacy", "2026-07-28")


@pytest.fixture(scope="module", params=ENGINES)
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A server on each database whose access tokens live for seconds."""
    folder = tmp_path_factory.mktemp("serve")
    settings = {"access_token_lifetime": f"{ACCESS_TOKEN_SECONDS}s"}
    if request.param == "postgres":
        make: Callable[[], str] = request.getfixturevalue("new_postgres_database")
        settings |= {"database_url": make(), "secret_key": secrets.token_hex(32)}
    environment = environment_for(folder / "data", **settings)
    with serving(environment, folder / "log") as process:
        yield process


async def live_through_the_main_job(server: ServerProcess, mode: str) -> None:
    """From the first 401 to the last."""
    async with Person(server.base) as person, plain_http(server.base) as http:
        connector = Connector(server.resource, person)
        async with connector.connected(mode) as client:
            tools = await client.list_tools()
            first = json.loads(text_of(await client.call_tool("whoami", {})))
            first_token = connector.access_token

            await asyncio.sleep(ACCESS_TOKEN_SECONDS + GRACE_SECONDS + 0.5)
            expired = await ask_whoami(http, first_token)
            second = json.loads(text_of(await client.call_tool("whoami", {})))
            second_token = connector.access_token

            assert ["whoami", "echo", "add"] == [tool.name for tool in tools.tools]
            assert 401 == expired.status_code
            assert first == second
            assert first["client_id"] == claims_of(first_token)["client_id"]
            assert 1 == person.consents
            assert 2 == len({tokens.refresh_token for tokens in connector.storage.history})
            assert claims_of(first_token)["gid"] == claims_of(second_token)["gid"]

            await person.disconnect(claims_of(second_token)["gid"])
            await seconds_until_refused(http, second_token)
            assert time.time() < claims_of(second_token)["exp"], "it only expired"

            third = json.loads(text_of(await client.call_tool("whoami", {})))

        assert third["sub"] == first["sub"]
        assert 2 == person.consents
        assert claims_of(connector.access_token)["gid"] != claims_of(second_token)["gid"]
        assert [
            ("POST", "/http", 401),
            ("GET", "/.well-known/oauth-protected-resource/http", 200),
            ("GET", "/.well-known/oauth-authorization-server", 200),
            ("POST", "/api/oauth/register", 201),
            ("POST", "/api/oauth/token", 200),
        ] == connector.exchanges[:5]


async def test_an_unmodified_client_connects_refreshes_and_is_disconnected(server: ServerProcess):
    """401, discovery, registration, browser, tokens, tools, expiry, refresh, disconnect, 401 within 5 s, browser again.

    In both eras of the protocol at once, as two windows of one person would.
    """
    await asyncio.gather(*(live_through_the_main_job(server, mode) for mode in MODES))


async def sign_in_over_json(http: httpx2.AsyncClient) -> dict[str, str]:
    """The headers of a person signed in over the JSON API."""
    answer = await http.post("/api/users/login", json={"email": EMAIL, "password": PASSWORD})
    assert 200 == answer.status_code, answer.text
    return {"authorization": f"Bearer {answer.json()['access_token']}"}


async def test_an_api_key_is_accepted_until_it_is_deleted(server: ServerProcess):
    """The seed's MCP keys: made over JSON, accepted at /http, refused within 5 s of being deleted."""
    async with plain_http(server.base) as http:
        session = await sign_in_over_json(http)
        made = (await http.post("/api/users/mcp-keys", json={"name": "a script"}, headers=session)).json()
        answer = await ask_whoami(http, made["key"])
        deleted = await http.delete(f"/api/users/mcp-keys/{made['id']}", headers=session)
        await seconds_until_refused(http, made["key"])
        again = await ask_whoami(http, made["key"])

    assert 200 == answer.status_code
    assert json.loads(answer.json()["result"]["content"][0]["text"])["client_id"] is None
    assert 204 == deleted.status_code
    assert 'error="invalid_token"' in again.headers["www-authenticate"]


async def test_no_credential_passes_for_another(server: ServerProcess):
    """S07, the confusion matrix: only access tokens and API keys open /http, and they open nothing else."""
    async with Person(server.base) as person, plain_http(server.base) as http:
        connector = Connector(server.resource, person)
        async with connector.connected("2026-07-28") as client:
            await client.list_tools()
        tokens, registered = connector.storage.tokens, connector.storage.client
        assert tokens is not None
        assert registered is not None
        session = await sign_in_over_json(http)
        key = (await http.post("/api/users/mcp-keys", json={"name": "a script"}, headers=session)).json()["key"]
        strangers = {
            "browser session": person.session_token,
            "JSON session": session["authorization"].removeprefix("Bearer "),
            "refresh token": tokens.refresh_token,
            "code": connector.code,
            "client id": registered.client_id,
        }
        at_http = {name: (await ask_whoami(http, str(value))).status_code for name, value in strangers.items()}
        in_cookie = await http.post("/http", headers={"cookie": f"doorward={tokens.access_token}"})
        elsewhere = {
            value[:4]: (await http.get("/api/users/me", headers={"authorization": f"Bearer {value}"})).status_code
            for value in (tokens.access_token, key, str(tokens.refresh_token), person.session_token)
        }
        at_account = await http.get("/account", headers={"cookie": f"doorward={tokens.access_token}"})

    assert all(strangers.values())
    assert dict.fromkeys(strangers, 401) == at_http
    assert 401 == in_cookie.status_code
    assert {401} == set(elsewhere.values())
    assert 4 == len(elsewhere)
    assert (303, "/sign-in") == (at_account.status_code, at_account.headers["location"])


async def test_no_token_is_rejected_while_keys_are_rotated(server: ServerProcess):
    """`doorward keys rotate`, twice, while clients work: every answer is 200 and new tokens come from a newer key."""
    async with Person(server.base) as person, plain_http(server.base) as http:
        connector = Connector(server.resource, person)
        async with connector.connected("2026-07-28") as client:
            await client.list_tools()
            first_kid = kid_of(connector.access_token)
            kids, rotations = {first_kid}, asyncio.create_task(rotate_twice(server))
            deadline = time.monotonic() + 40
            while not (rotations.done() and kid_of(connector.access_token) != first_kid):
                assert time.monotonic() < deadline, kids
                result = await client.call_tool("whoami", {})
                assert not result.is_error
                kids.add(kid_of(connector.access_token))
                await asyncio.sleep(0.2)
            await rotations
        published = (await http.get("/.well-known/jwks.json")).json()

    assert kids <= {key["kid"] for key in published["keys"]}
    assert all("d" not in key for key in published["keys"])
    assert 1 == person.consents
    assert 401 not in [status for _, path, status in connector.exchanges[1:] if path == "/http"]


async def rotate_twice(server: ServerProcess) -> None:
    """As an operator would, with a breath in between."""
    for _ in range(2):
        await asyncio.to_thread(server.command, "keys", "rotate")
        await asyncio.sleep(1)
