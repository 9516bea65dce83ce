"""The surface of the program Doorward began as: every path and field that its clients and dashboards rely on.

Each test names the part of the seed it keeps; what the seed got wrong (S01-S74) is tested elsewhere.
"""

import sqlite3
from contextlib import closing
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import anyio
import httpx2
import psycopg
import pytest

from doorward.settings import Settings
from tests.flows.service import BASE, EMAIL, INITIALIZE, PASSWORD, REDIRECT, RESOURCE, Service, challenge_for, claims_of

pytestmark = pytest.mark.anyio

AUTHORIZATION_SERVER = "/.well-known/oauth-authorization-server"
PROTECTED_RESOURCE = "/.well-known/oauth-protected-resource"


async def session(service: Service) -> dict[str, str]:
    """The Authorization header of a dashboard whose person signed in."""
    answer = await service.http.post("/api/users/login", json={"email": EMAIL, "password": PASSWORD})
    assert 200 == answer.status_code, answer.text
    return {"Authorization": f"Bearer {answer.json()['access_token']}"}


def seed_request(service: Service, client_id: str) -> dict[str, str]:
    """`OAuthAuthorizeRequest`, all seven fields of it."""
    return {
        "client_id": client_id,
        "response_type": "code",
        "redirect_uri": REDIRECT,
        "code_challenge": challenge_for(service.verifier),
        "code_challenge_method": "S256",
        "state": "a state/with+signs",
        "scope": "mcp",
    }


def seed_form(service: Service, client_id: str, code: str) -> dict[str, str]:
    """The form of `exchange_token`, less the secret of a client that has none."""
    return {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": REDIRECT,
        "client_id": client_id,
        "code_verifier": service.verifier,
    }


async def exchanged(service: Service, form: dict[str, str]) -> httpx2.Response:
    return await service.http.post("/api/oauth/token", data=form)


async def approved(service: Service, client_id: str) -> dict[str, str]:
    answer = await service.http.post(
        "/api/oauth/authorize", headers=await session(service), json=seed_request(service, client_id)
    )
    assert 200 == answer.status_code, answer.text
    return answer.json()


async def test_the_discovery_document_has_the_fields_of_the_seed(service: Service) -> None:
    """`GET /.well-known/oauth-authorization-server` (`oauth_discovery`), all nine fields; three lists have grown."""
    answer = await service.http.get(AUTHORIZATION_SERVER)

    document = answer.json()
    expected = {
        "issuer": BASE,
        "authorization_endpoint": f"{BASE}/oauth/authorize",
        "token_endpoint": f"{BASE}/api/oauth/token",
        "registration_endpoint": f"{BASE}/api/oauth/register",
        "response_types_supported": ["code"],
        "code_challenge_methods_supported": ["S256"],
    }
    assert 200 == answer.status_code
    assert expected == {field: document[field] for field in expected}
    assert "none" in document["token_endpoint_auth_methods_supported"]
    assert "authorization_code" in document["grant_types_supported"]
    assert "mcp" in document["scopes_supported"]


@pytest.mark.parametrize("path", [PROTECTED_RESOURCE, f"{PROTECTED_RESOURCE}/http"])
async def test_the_protected_resource_has_its_metadata_at_both_places(service: Service, path: str) -> None:
    """`protected_resource_metadata`, all five fields; the documentation is the operator's own now."""
    answer = await service.http.get(path)

    document = answer.json()
    expected = {
        "resource": f"{BASE}/http",
        "authorization_servers": [BASE],
        "scopes_supported": ["mcp"],
        "bearer_methods_supported": ["header"],
        "resource_documentation": BASE,
    }
    assert 200 == answer.status_code
    assert expected == {field: document[field] for field in expected}


async def test_a_client_registers_itself(service: Service) -> None:
    """`POST /api/oauth/register` (`register_client`): 201, six members; the body is Claude's."""
    body = {"client_name": "Claude", "client_uri": "https://client.example", "redirect_uris": [REDIRECT]}
    answer = await service.http.post("/api/oauth/register", json=body)

    registered = answer.json()
    assert 201 == answer.status_code
    assert ("Claude", [REDIRECT]) == (registered["client_name"], registered["redirect_uris"])
    assert "authorization_code" in registered["grant_types"]
    assert ["code"] == registered["response_types"]
    assert "none" == registered["token_endpoint_auth_method"]
    assert registered["client_id"]
    assert "client_secret" not in registered


async def test_a_dashboard_gets_a_code_for_the_person_who_is_signed_in(service: Service) -> None:
    """`POST /api/oauth/authorize` (`authorize_user`): `code`, `state`, `redirect_uri`."""
    client_id = (await service.registered())["client_id"]
    answer = await approved(service, client_id)

    assert answer["code"]
    assert ("a state/with+signs", REDIRECT) == (answer["state"], answer["redirect_uri"])


async def test_a_dashboard_gets_the_whole_callback_too(service: Service) -> None:
    """New beside the seed's fields: `iss` (RFC 9207 §2) and `redirect_to`, so that no dashboard builds it (S11)."""
    client_id = (await service.registered())["client_id"]
    answer = await approved(service, client_id)

    sent = parse_qs(urlsplit(answer["redirect_to"]).query)
    assert BASE == answer["iss"]
    assert {"code": [answer["code"]], "state": [answer["state"]], "iss": [BASE]} == sent


async def test_the_state_is_optional(service: Service) -> None:
    """`state: Optional[str]` of `OAuthAuthorizeRequest` and `OAuthAuthorizeResponse`."""
    client_id = (await service.registered())["client_id"]
    body = {**seed_request(service, client_id), "state": None}
    answer = await service.http.post("/api/oauth/authorize", headers=await session(service), json=body)

    assert 200 == answer.status_code
    assert answer.json()["state"] is None


async def test_without_a_session_a_dashboard_gets_nothing(service: Service) -> None:
    """`get_current_user(auth_header)` of `authorize_user`."""
    body = seed_request(service, (await service.registered())["client_id"])
    answers = [
        await service.http.post("/api/oauth/authorize", headers=headers, json=body)
        for headers in ({}, {"Authorization": ""}, {"Authorization": "Bearer nonsense"})
    ]

    assert [401] * 3 == [answer.status_code for answer in answers]


async def test_the_code_of_a_dashboard_is_exchanged_for_a_token(service: Service) -> None:
    """`POST /api/oauth/token` (`exchange_token`): a form in, `OAuthTokenResponse` and now a refresh token out."""
    client_id = (await service.registered())["client_id"]
    code = (await approved(service, client_id))["code"]
    answer = await exchanged(service, seed_form(service, client_id, code))

    tokens = answer.json()
    assert 200 == answer.status_code
    assert ("Bearer", "mcp") == (tokens["token_type"], tokens["scope"])
    assert isinstance(tokens["expires_in"], int)
    assert RESOURCE == claims_of(tokens["access_token"])["aud"]
    assert tokens["refresh_token"]


async def test_a_client_with_a_secret_sends_it_in_the_form(service: Service) -> None:
    """`client_secret: Optional[str] = Form(None)` of `exchange_token`, which is checked now (S22)."""
    registered = await service.registered(token_endpoint_auth_method="client_secret_post")
    code = (await approved(service, registered["client_id"]))["code"]
    form = seed_form(service, registered["client_id"], code)
    without = await exchanged(service, form)
    wrong = await exchanged(service, {**form, "client_secret": "wrong"})
    right = await exchanged(service, {**form, "client_secret": registered["client_secret"]})

    assert [401, 401, 200] == [without.status_code, wrong.status_code, right.status_code]


async def test_the_fields_of_the_form_are_required(service: Service) -> None:
    """`Form(...)` of `exchange_token`, and the verifier that PKCE needs; never 422, and the code stays good (S30)."""
    client_id = (await service.registered())["client_id"]
    form = seed_form(service, client_id, (await approved(service, client_id))["code"])
    answers = {
        missing: await exchanged(service, {field: value for field, value in form.items() if field != missing})
        for missing in ("grant_type", "code", "client_id", "code_verifier")
    }
    whole = await exchanged(service, form)

    assert {"grant_type": 400, "code": 400, "client_id": 401, "code_verifier": 400} == {
        missing: answer.status_code for missing, answer in answers.items()
    }
    assert all({"error", "error_description"} == set(answer.json()) for answer in answers.values())
    assert 200 == whole.status_code


async def test_the_redirect_uri_of_the_form_is_optional_but_never_wrong(service: Service) -> None:
    """`redirect_uri` of `exchange_token`: clients of OAuth 2.1 leave it out (S34)."""
    client_id = (await service.registered())["client_id"]
    form = seed_form(service, client_id, (await approved(service, client_id))["code"])
    wrong = await exchanged(service, {**form, "redirect_uri": "https://evil.example/cb"})
    del form["redirect_uri"]
    without = await exchanged(service, form)

    assert [400, 200] == [wrong.status_code, without.status_code]


async def test_a_code_works_once(service: Service) -> None:
    """`used` of `mcp.oauth_codes`."""
    client_id = (await service.registered())["client_id"]
    form = seed_form(service, client_id, (await approved(service, client_id))["code"])
    first, second = await exchanged(service, form), await exchanged(service, form)

    assert [200, 400] == [first.status_code, second.status_code]


async def test_a_code_expires(service: Service) -> None:
    """`expires_at` of `mcp.oauth_codes`; a minute now instead of ten (S14)."""
    client_id = (await service.registered())["client_id"]
    form = seed_form(service, client_id, (await approved(service, client_id))["code"])
    service.later(timedelta(seconds=61))

    assert 400 == (await exchanged(service, form)).status_code


async def test_a_session_token_is_no_access_token_nor_the_reverse(service: Service) -> None:
    """`create_jwt_token` made both in the seed, so each worked as the other (S07)."""
    client_id = (await service.registered())["client_id"]
    code = (await approved(service, client_id))["code"]
    tokens = (await exchanged(service, seed_form(service, client_id, code))).json()
    as_access_token = await service.http.post("/http", headers=await session(service), json={})
    as_session = await service.http.post(
        "/api/oauth/authorize",
        headers={"Authorization": f"Bearer {tokens['access_token']}"},
        json=seed_request(service, client_id),
    )

    assert [401, 401] == [as_access_token.status_code, as_session.status_code]


async def test_a_person_signs_in_and_sees_who_they_are(service: Service) -> None:
    """`user["email"]` and `user.get("user_id")` of `get_current_user`, over HTTP."""
    answer = await service.http.get("/api/users/me", headers=await session(service))

    assert 200 == answer.status_code
    assert EMAIL == answer.json()["email"]
    assert answer.json()["id"]


async def test_the_subject_of_a_token_is_the_id_of_the_account(service: Service) -> None:
    """`sub` was the e-mail address in the seed; it is immutable now (S16)."""
    client_id = (await service.registered())["client_id"]
    code = (await approved(service, client_id))["code"]
    tokens = (await exchanged(service, seed_form(service, client_id, code))).json()
    me = (await service.http.get("/api/users/me", headers=await session(service))).json()

    assert me["id"] == claims_of(tokens["access_token"])["sub"]


async def test_a_person_cannot_sign_up_by_default(service: Service) -> None:
    """The JSON route of a server whose sign-up is closed answers 403."""
    answer = await service.http.post("/api/users/register", json={"email": "new@example.org", "password": PASSWORD})

    assert 403 == answer.status_code


async def test_a_person_makes_and_revokes_a_key_for_the_mcp_server(service: Service) -> None:
    """`generate_mcp_key`, over HTTP: accepted as bearer at `/http`, and within 5 seconds of its end no more."""
    headers = await session(service)
    made = (await service.http.post("/api/users/mcp-keys", headers=headers, json={"name": "laptop"})).json()
    accepted = await call_mcp(service, made["key"])
    listed = (await service.http.get("/api/users/mcp-keys", headers=headers)).json()
    revoked = await service.http.delete(f"/api/users/mcp-keys/{made['id']}", headers=headers)
    with anyio.fail_after(5):
        while await call_mcp(service, made["key"]) != 401:  # noqa: ASYNC110 - the feed tells nobody
            await anyio.sleep(0.1)

    assert 200 == accepted
    assert [made["id"]] == [key["id"] for key in listed["keys"]]
    assert 204 == revoked.status_code


async def call_mcp(service: Service, bearer: str) -> int:
    """The status of a first MCP message with that bearer."""
    headers = {"Authorization": f"Bearer {bearer}", "Accept": "application/json, text/event-stream"}
    return (await service.http.post("/http", headers=headers, json=INITIALIZE)).status_code


def table_names(service: Service) -> set[str]:
    """The tables of the server's database, as another program sees them."""
    url = service.installation.settings.effective_database_url.get_secret_value()
    if url.startswith("sqlite:///"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection:
            return {name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
    with psycopg.connect(url) as connection:
        rows = connection.execute("SELECT table_name FROM information_schema.tables WHERE table_schema = 'mcp'")
        return {name for (name,) in rows}


async def test_the_tables_of_the_seed_are_where_they_were(service: Service) -> None:
    """`mcp.oauth_clients` and `mcp.oauth_codes` on PostgreSQL; SQLite has no schemas."""
    names = table_names(service)

    assert {"oauth_clients", "oauth_codes"} <= names


@pytest.mark.parametrize("name", ["dashboard_url", "mcp_base_url"])
def test_the_settings_of_the_seed_have_their_names(name: str) -> None:
    """`get_settings().dashboard_url` and `.mcp_base_url`."""
    assert name in Settings.model_fields
