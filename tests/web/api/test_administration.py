"""The administration over JSON: administrators only, and every operation of the command line."""

from datetime import timedelta

import pytest

from doorward.audit import AuditTag
from doorward.kit.secrets import TokenPrefix
from doorward.operations.find_client import find_client
from tests.builders import (
    HERE,
    NOW,
    audited,
    given_a_client_and_secret,
    given_a_plain_user,
    given_an_authorization,
)
from tests.signing_clients import Signer
from tests.web.api.builders import given_a_registration
from tests.web.api.test_hostile_input import FOR_ADMINISTRATORS

CLIENTS, BLOCKS, TOKENS = "/api/admin/clients", "/api/admin/blocks", "/api/admin/registration-tokens"
CALLBACK = "https://client.example/callback"


def test_nobody_but_an_administrator_is_let_in(api, database, person):
    """401 without a session token, 403 with a person's; and nothing was done (ASVS 8.2.1)."""
    client, _ = given_a_client_and_secret(database)
    cookie = {"Cookie": f"doorward={person.session_token}; __Host-doorward={person.session_token}"}
    body = {"redirect_uris": [CALLBACK], "name": "x", "subject": client.client_id}
    for method, template in FOR_ADMINISTRATORS:
        path = template.replace("some-client", client.client_id)
        answers = [
            api.request(method, path, headers=headers, json=None if method in ("GET", "DELETE") else body)
            for headers in ({}, cookie, person.headers)
        ]
        found = [(answer.status_code, answer.json()["error"]) for answer in answers]
        assert [(401, "invalid_token"), (401, "invalid_token"), (403, "administrators_only")] == found, (method, path)

    assert client == find_client(database, client_id=client.client_id)
    assert 1 == len(database.read(lambda stores: stores.clients.list()))
    assert [] == database.read(lambda stores: stores.clients.rules())
    assert [] == database.read(lambda stores: stores.initial_access_tokens.list())


def test_every_other_credential_of_an_administrator_is_none(api, database, administrator):
    """An API key or a token of an MCP client never administers (S07)."""
    key = api.post("/api/users/mcp-keys", headers=administrator.headers, json={"name": "a"}).json()["key"]
    random_part = administrator.session_token.removeprefix(TokenPrefix.BEARER_SESSION)
    others = [kind + random_part for kind in TokenPrefix if kind is not TokenPrefix.BEARER_SESSION]
    statuses = {api.get(CLIENTS, headers={"Authorization": f"Bearer {token}"}).status_code for token in (key, *others)}

    assert {401} == statuses


def test_an_administrator_who_was_disabled_is_out_at_once(api, call, database, administrator):
    assert 200 == call("GET", CLIENTS).status_code
    database.write(lambda stores: stores.users.disable(administrator.user.id, NOW))

    assert 401 == call("GET", CLIENTS).status_code


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
def test_a_form_of_another_site_is_no_request(api, administrator, content_type):
    """S12: JSON only, and the session token comes in a header that no form sends."""
    headers = {**administrator.headers, "Content-Type": content_type}
    answer = api.post(CLIENTS, headers=headers, content=b'{"redirect_uris":["https://client.example/callback"]}')

    assert (415, "unsupported_media_type") == (answer.status_code, answer.json()["error"])


def test_a_client_lives_from_its_making_to_its_end(call, database, administrator):
    made = call("POST", CLIENTS, {"redirect_uris": [CALLBACK], "token_endpoint_auth_method": "client_secret_basic"})
    client = made.json()
    path = f"{CLIENTS}/{client['client_id']}"
    secret = client.pop("client_secret")
    changed = call("PATCH", path, {"client_name": "New", "trusted": True, "scope": "mcp"})

    assert 201 == made.status_code
    assert secret.startswith("dws_")
    assert ("client.example", "operator", None) == (client["client_name"], client["origin"], client["owner_id"])
    assert client == call("GET", path).json() | {"client_name": "client.example", "trusted": False, "scope": None}
    assert {**client, "client_name": "New", "trusted": True, "scope": "mcp"} == changed.json()
    assert secret not in call("GET", CLIENTS).text + call("GET", path).text
    assert [204, 404, 404] == [call(method, path).status_code for method in ("DELETE", "DELETE", "GET")]
    tags = (AuditTag.CLIENT_REGISTERED, AuditTag.CLIENT_UPDATED, AuditTag.CLIENT_DELETED)
    events = [audited(database, tag)[-1] for tag in tags]
    assert [administrator.user.id] * 3 == [event.user_id for event in events]
    assert [client["client_id"]] * 3 == [event.client_id for event in events]


def test_pages_follow_on_each_other(call, database):
    made = [given_a_client_and_secret(database, name=f"{n}", now=NOW + timedelta(seconds=n))[0] for n in range(5)]
    found, cursor = [], None
    while True:
        page = call("GET", CLIENTS, params={"limit": "2"} | ({"after": cursor} if cursor else {})).json()
        found += [client["client_id"] for client in page["clients"]]
        cursor = page["next"]
        if cursor is None:
            break

    assert [client.client_id for client in made] == found
    assert 5 == len(call("GET", CLIENTS).json()["clients"])


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=201", "limit=-1", "limit=x", "limit=", "after=x", "after=", "limit=1e1"]
)
def test_a_page_that_cannot_be_is_refused(call, query: str):
    answer = call("GET", f"{CLIENTS}?{query}")

    assert (400, "invalid_request") == (answer.status_code, answer.json()["error"])


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"redirect_uris": []}, "invalid_redirect_uri"),
        ({"redirect_uris": ["javascript:x"]}, "invalid_redirect_uri"),
        ({"redirect_uris": [CALLBACK, "\ufffe"]}, "invalid_redirect_uri"),
        ({"redirect_uris": [CALLBACK], "grant_types": ["password"]}, "invalid_client_metadata"),
        ({"redirect_uris": [CALLBACK], "token_endpoint_auth_method": "magic"}, "invalid_client_metadata"),
        ({"redirect_uris": [CALLBACK], "scope": "admin"}, "invalid_client_metadata"),
        ({"redirect_uris": [CALLBACK], "client_name": "a\u0000b"}, "invalid_request"),
        ({"redirect_uris": [CALLBACK], "origin": "operator"}, "invalid_request"),
        ({"redirect_uris": CALLBACK}, "invalid_request"),
        ({"redirect_uris": [7]}, "invalid_request"),
        ({"redirect_uris": [CALLBACK], "trusted": "yes"}, "invalid_request"),
        ({}, "invalid_request"),
    ],
)
def test_a_client_that_cannot_be_made_is_refused(call, body, error):
    answer = call("POST", CLIENTS, body)

    assert (400, error) == (answer.status_code, answer.json()["error"])
    assert [] == call("GET", CLIENTS).json()["clients"]


def test_a_client_that_signs_has_keys_and_may_get_others(call):
    """RFC 7591 §2: one of the two members; a client that does not sign has neither."""
    old, new = Signer.new("https://mcp.example"), Signer.new("https://mcp.example")
    signs = {"redirect_uris": [CALLBACK], "token_endpoint_auth_method": "private_key_jwt"}
    client = call("POST", CLIENTS, {**signs, "jwks": old.jwks}).json()
    path = f"{CLIENTS}/{client['client_id']}"
    changed = call("PATCH", path, {"jwks": new.jwks}).json()
    moved = call("PATCH", path, {"jwks_uri": "https://client.example/jwks.json"}).json()
    plain = call("POST", CLIENTS, {"redirect_uris": [CALLBACK]}).json()
    refused = [
        call("PATCH", f"{CLIENTS}/{plain['client_id']}", {"jwks": new.jwks}),
        call("PATCH", path, {"jwks": new.jwks, "jwks_uri": "https://client.example/jwks.json"}),
        call("PATCH", path, {"jwks": {"keys": [old.key.private_jwk()]}}),
        call("PATCH", path, {"token_endpoint_auth_method": "none"}),
        call("POST", CLIENTS, signs),
        call("POST", CLIENTS, {"redirect_uris": [CALLBACK], "jwks_uri": "https://client.example/jwks.json"}),
    ]

    assert (None, old.key.kid) == (client["client_secret"], client["jwks"]["keys"][0]["kid"])
    assert [new.key.kid] == [key["kid"] for key in changed["jwks"]["keys"]]
    assert (None, "https://client.example/jwks.json") == (moved["jwks"], moved["jwks_uri"])
    assert (None, None) == (plain["jwks"], plain["jwks_uri"])
    assert [(400, "invalid_client_metadata")] * 6 == [(a.status_code, a.json()["error"]) for a in refused]
    assert old.key.private_jwk()["d"] not in refused[2].text
    assert moved == call("GET", path).json()


def test_a_secret_is_rotated_and_the_old_one_ended(call, database):
    client, _ = given_a_client_and_secret(database)
    path = f"{CLIENTS}/{client.client_id}"
    rotated = call("POST", f"{path}/secret", {})
    again = call("POST", f"{path}/secret", {"overlap": 3600})

    assert 201 == rotated.status_code
    assert rotated.json()["client_secret"] != again.json()["client_secret"]
    assert (NOW + timedelta(days=7)).isoformat() == rotated.json()["old_secret_expires_at"].replace("Z", "+00:00")
    assert (NOW + timedelta(hours=1)).isoformat() == call("GET", path).json()["old_secret_expires_at"].replace(
        "Z", "+00:00"
    )
    assert [204, 404] == [call("DELETE", f"{path}/old-secret").status_code for _ in range(2)]
    assert call("POST", f"{path}/secret", {"overlap": 0}).json()["old_secret_expires_at"] is None
    for overlap in (-1, 91 * 86_400, 10**10, 1.5, "1", None):
        assert 400 == call("POST", f"{path}/secret", {"overlap": overlap}).status_code


@pytest.mark.parametrize("client_id", ["unknown", "%00", "%ff", "a" * 5_000, "dwp_x", "%F0%9F%9A%80"])
def test_a_client_nobody_has_is_404(call, client_id: str):
    path = f"{CLIENTS}/{client_id}"
    answers = [
        call("GET", path),
        call("PATCH", path, {"client_name": "x"}),
        call("DELETE", path),
        call("POST", f"{path}/secret", {}),
        call("DELETE", f"{path}/old-secret"),
    ]

    assert {(404, "not_found")} == {(answer.status_code, answer.json()["error"]) for answer in answers}


def test_blocking_ends_connections_and_can_be_lifted(call, web, database, administrator):
    """Stateless clients and hosts, too, as on the command line."""
    client_id = given_a_registration(web, redirect_uris=[CALLBACK])
    given_an_authorization(database, given_a_plain_user(database), client_id=client_id)
    blocked = call("POST", BLOCKS, {"subject": client_id})
    host = call("POST", BLOCKS, {"subject": "https://Evil.example"})

    assert (201, {"subject": client_id, "kind": "client id", "connections_ended": 1}) == (
        blocked.status_code,
        blocked.json(),
    )
    assert ("evil.example", "host") == (host.json()["subject"], host.json()["kind"])
    assert [client_id, "evil.example"] == [block["subject"] for block in call("GET", BLOCKS).json()["blocks"]]
    assert [204, 404] == [call("DELETE", BLOCKS, params={"subject": "evil.example"}).status_code for _ in range(2)]
    assert 404 == call("DELETE", BLOCKS).status_code
    for tag in (AuditTag.CLIENT_BLOCKED, AuditTag.CLIENT_UNBLOCKED):
        assert administrator.user.id == audited(database, tag)[-1].user_id
    for subject in ("", "two words", "\u0000", "*.example.org", "nobody"):
        assert 400 == call("POST", BLOCKS, {"subject": subject}).status_code


def test_a_registration_token_is_shown_once_and_revoked_once(call, database, administrator):
    made = call("POST", TOKENS, {"name": "partner", "uses": 3, "expires_in": 3600}).json()
    secret = made.pop("token")

    assert secret.startswith("dwa_")
    assert [made] == call("GET", TOKENS).json()["tokens"]
    assert ("partner", 3, None) == (made["name"], made["uses_left"], made["revoked_at"])
    assert [204, 404] == [call("DELETE", f"{TOKENS}/{made['id']}").status_code for _ in range(2)]
    assert call("GET", TOKENS).json()["tokens"][0]["revoked_at"]
    for tag in (AuditTag.INITIAL_ACCESS_TOKEN_CREATED, AuditTag.INITIAL_ACCESS_TOKEN_REVOKED):
        (event,) = audited(database, tag)
        assert (administrator.user.id, made["id"], HERE) == (event.user_id, event.detail["token_id"], HERE)
        assert secret not in str(event)


@pytest.mark.parametrize(
    "body",
    [
        {"name": ""},
        {"name": "x" * 81},
        {"name": "x", "uses": 0},
        {"name": "x", "uses": 10**7},
        {"name": "x", "expires_in": 0},
        {"name": "x", "expires_in": 10**12},
        {"name": "x", "uses": "1"},
        {},
    ],
)
def test_a_registration_token_that_cannot_be_made_is_refused(call, body):
    assert 400 == call("POST", TOKENS, body).status_code
    assert [] == call("GET", TOKENS).json()["tokens"]
