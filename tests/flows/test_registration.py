"""Dynamic client registration over HTTP (RFC 7591)."""

import pytest

from tests.flows.service import BASE, REDIRECT, RESOURCE, Service

pytestmark = pytest.mark.anyio

BODIES: dict[str, dict[str, object]] = {
    "claude": {
        "client_name": "Claude",
        "redirect_uris": ["https://claude.ai/api/mcp/auth_callback"],
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        "token_endpoint_auth_method": "none",
        "scope": "claudeai",
    },
    "cursor": {
        "client_name": "Cursor",
        "redirect_uris": [
            "cursor://anysphere.cursor-mcp/oauth/callback",
            "https://www.cursor.com/agents/mcp/oauth/callback",
            "http://localhost:8787/callback",
        ],
        "token_endpoint_auth_method": "none",
    },
    "vscode": {
        "client_name": "Visual Studio Code",
        "redirect_uris": [
            "https://insiders.vscode.dev/redirect",
            "https://vscode.dev/redirect",
            "http://127.0.0.1/",
            "http://127.0.0.1:33418/",
        ],
        "grant_types": ["authorization_code", "refresh_token", "urn:ietf:params:oauth:grant-type:device_code"],
        "token_endpoint_auth_method": "none",
        "application_type": "native",
    },
    "gemini": {
        "client_name": "Gemini CLI MCP Client",
        "redirect_uris": ["http://localhost:7777/oauth/callback"],
        "scope": "",
    },
}


@pytest.mark.parametrize("name", BODIES)
async def test_the_registrations_of_real_clients_are_accepted_whole(service: Service, name: str) -> None:
    """Interop section 2: one refused redirect URI would end the connection."""
    body = BODIES[name]
    answer = await service.http.post("/api/oauth/register", json=body)
    registered = answer.json()

    assert 201 == answer.status_code
    assert "application/json" == answer.headers["content-type"]
    assert "no-store" == answer.headers["cache-control"]
    assert body["redirect_uris"] == registered["redirect_uris"]
    assert ("none", body["client_name"]) == (registered["token_endpoint_auth_method"], registered["client_name"])
    assert "device_code" not in str(registered["grant_types"])
    assert isinstance(registered["client_id_issued_at"], int)
    assert not registered["client_id"].startswith(("https://", "claude-"))


async def test_a_public_registration_leaves_no_row(service: Service) -> None:
    """R1: clients register again and again."""
    for _ in range(20):
        await service.registered()

    assert 0 == len(service.installation.database.read(lambda stores: stores.clients.list()))


@pytest.mark.parametrize("method", ["none", "client_secret_basic", "client_secret_post"])
@pytest.mark.parametrize("grant_types", [["authorization_code"], ["authorization_code", "refresh_token"]])
async def test_the_answer_has_every_registered_member(service: Service, method: str, grant_types: list[str]) -> None:
    """S55, RFC 7591 §3.2.1: all registered metadata, as it was registered, and when."""
    body = {
        "client_name": "Every member",
        "client_uri": "https://client.example/about",
        "redirect_uris": ["https://client.example/cb?a=b", REDIRECT],
        "grant_types": grant_types,
        "response_types": ["code"],
        "token_endpoint_auth_method": method,
        "scope": "mcp",
        "application_type": "native",
    }
    before = int(service.clock.now().timestamp())
    registered = await service.registered(**body)
    issued_at = int(registered.pop("client_id_issued_at"))
    secret, management = (
        {"client_secret", "client_secret_expires_at"},
        {"registration_client_uri", "registration_access_token"},
    )
    given = {"client_id"} if method == "none" else {"client_id"} | secret | management

    assert body == {name: value for name, value in registered.items() if name not in given}
    assert given < set(registered)
    assert before <= issued_at <= int(service.clock.now().timestamp())


@pytest.mark.parametrize("method", ["none", "client_secret_post"])
async def test_the_answer_names_what_was_left_out_or_not_granted(service: Service, method: str) -> None:
    """S55: what the server chose instead is told, too, and only what it knows is registered."""
    registered = await service.registered(
        token_endpoint_auth_method=method,
        grant_types=["authorization_code", "implicit"],
        response_types=["token", "code"],
        scope="mcp admin",
        application_type="toaster",
        logo_uri="https://client.example/logo.png",
    )

    assert ["authorization_code"] == registered["grant_types"]
    assert ["code"] == registered["response_types"]
    assert ("mcp", method) == (registered["scope"], registered["token_endpoint_auth_method"])
    assert not {"application_type", "logo_uri", "client_uri"} & set(registered)


@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post"])
async def test_a_confidential_client_gets_a_secret_and_is_stored(service: Service, method: str) -> None:
    """RFC 7591 §3.2.1; n8 and others keep a secret."""
    registered = await service.registered(token_endpoint_auth_method=method)
    stored = service.installation.database.read(lambda stores: stores.clients.find(registered["client_id"]))

    assert registered["client_secret"].startswith("dws_")
    assert 0 == registered["client_secret_expires_at"]
    assert stored is not None
    assert registered["client_secret"] not in repr(stored)


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (b"", "invalid_client_metadata"),
        (b"[]", "invalid_client_metadata"),
        (b'"x"', "invalid_client_metadata"),
        (b"null", "invalid_client_metadata"),
        (b"{", "invalid_client_metadata"),
        (b"\xff", "invalid_client_metadata"),
        (b"[" * 50000, "invalid_client_metadata"),
        (b'{"redirect_uris":["https://a.example/cb"],"client_name":{"a":1}}', "invalid_client_metadata"),
        (
            b'{"redirect_uris":["https://a.example/cb"],"redirect_uris":["https://b.example/cb"]}',
            "invalid_client_metadata",
        ),
        (b"{}", "invalid_redirect_uri"),
        (b'{"redirect_uris":"javascript:alert(1)"}', "invalid_redirect_uri"),
        (b'{"redirect_uris":["javascript:alert(1)","http://evil.example/#f","*"]}', "invalid_redirect_uri"),
        (b'{"redirect_uris":{"a":1}}', "invalid_redirect_uri"),
    ],
)
async def test_nonsense_gets_its_registered_error(service: Service, body: bytes, error: str) -> None:
    """RFC 7591 §3.2.2 (S50, S51, S58)."""
    answer = await service.http.post("/api/oauth/register", content=body)

    assert (400, error) == (answer.status_code, answer.json()["error"])
    assert {"error", "error_description"} == set(answer.json())


async def test_too_much_is_413_and_the_wrong_method_405_as_json(service: Service) -> None:
    large = await service.http.post("/api/oauth/register", content=b" " * 70_000)
    wrong = await service.http.get("/api/oauth/register")

    assert [(413, "invalid_request"), (405, "invalid_request")] == [
        (answer.status_code, answer.json()["error"]) for answer in (large, wrong)
    ]


async def test_a_flood_is_told_to_wait(service: Service) -> None:
    """One bucket for everybody, 429 as OAuth JSON with Retry-After (R4; S53)."""
    answers = [await service.http.post("/api/oauth/register", json={"redirect_uris": [REDIRECT]}) for _ in range(105)]
    refused = [answer for answer in answers if answer.status_code == 429]

    assert refused
    assert int(refused[0].headers["retry-after"]) >= 1
    assert "temporarily_unavailable" == refused[0].json()["error"]


async def test_registration_and_token_answer_at_their_old_addresses_too(service: Service) -> None:
    """R9: clients that missed the metadata use /register and /token on the MCP host."""
    registered = await service.http.post("/register", json={"redirect_uris": [REDIRECT]})
    client_id = registered.json()["client_id"]
    await service.signed_in()
    code = await service.code(client_id)
    form = {"grant_type": "authorization_code", "client_id": client_id, "code": code, "code_verifier": service.verifier}
    answer = await service.http.post("/token", data=form)

    assert (201, 200) == (registered.status_code, answer.status_code)


@pytest.mark.parametrize(
    "path",
    [
        "/.well-known/oauth-authorization-server",
        "/.well-known/oauth-authorization-server/http",
        "/.well-known/openid-configuration",
        "/.well-known/openid-configuration/http",
        "/http/.well-known/openid-configuration",
        "/http/.well-known/oauth-authorization-server",
    ],
)
async def test_the_metadata_is_one_document_at_every_address(service: Service, path: str) -> None:
    """RFC 8414 §3, OIDC Discovery §4; R8, R14; it says S256 and `iss`, and that is what there is (S70, S71, S73)."""
    canonical = await service.http.get("/.well-known/oauth-authorization-server")
    answer = await service.http.get(path)
    head = await service.http.head(path)
    preflight = await service.http.options(path, headers={"origin": "https://x.example"})
    again = await service.http.get(path, headers={"if-none-match": answer.headers["etag"]})
    document = answer.json()

    assert canonical.content == answer.content
    assert (200, b"") == (head.status_code, head.content)
    assert "*" == answer.headers["access-control-allow-origin"] == preflight.headers["access-control-allow-origin"]
    assert "MCP-Protocol-Version" in preflight.headers["access-control-allow-headers"]
    assert (304, b"") == (again.status_code, again.content)
    assert "max-age" in answer.headers["cache-control"]
    assert BASE == document["issuer"]
    assert f"{BASE}/oauth/authorize" == document["authorization_endpoint"]
    assert ["S256"] == document["code_challenge_methods_supported"]
    assert ["mcp", "offline_access"] == document["scopes_supported"]
    assert document["authorization_response_iss_parameter_supported"] is True
    assert {"none", "client_secret_basic", "client_secret_post", "private_key_jwt"} == set(
        document["token_endpoint_auth_methods_supported"]
    )
    assert ["authorization_code", "refresh_token"] == document["grant_types_supported"]


@pytest.mark.parametrize(
    "path", ["/.well-known/oauth-protected-resource", "/.well-known/oauth-protected-resource/http"]
)
async def test_the_protected_resource_names_its_one_authorization_server(service: Service, path: str) -> None:
    """RFC 9728 §3 (S72); no offline_access here (R6)."""
    document = (await service.http.get(path)).json()

    assert (RESOURCE, [BASE], ["mcp"]) == (
        document["resource"],
        document["authorization_servers"],
        document["scopes_supported"],
    )


@pytest.mark.parametrize("path", ["/.well-known/unknown", "/.well-known/", "/.well-known/openid-configuration/other"])
async def test_an_unknown_well_known_is_404_as_json(service: Service, path: str) -> None:
    """R8: HTML there reads as "does not implement OAuth"."""
    answer = await service.http.get(path)

    assert (404, "application/json") == (answer.status_code, answer.headers["content-type"])


async def test_the_jwk_set_holds_public_keys_only(service: Service) -> None:
    """RFC 7517 §5."""
    keys = (await service.http.get("/.well-known/jwks.json")).json()["keys"]

    assert 2 == len(keys)
    assert {"kty", "crv", "x", "y", "kid", "alg", "use"} >= {name for key in keys for name in key}


@pytest.mark.parametrize("path", ["/api/oauth/token/", "/api/oauth/register/", "/token/", "/api/nothing"])
async def test_nothing_redirects_for_a_slash(service: Service, path: str) -> None:
    """N9."""
    answer = await service.http.post(path)

    assert 404 == answer.status_code
