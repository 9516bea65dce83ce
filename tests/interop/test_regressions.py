"""What broke clients elsewhere, one test for each (interop section 3.4), and what they probe, in order (3.2)."""

import json
from urllib.parse import parse_qsl, urlsplit

import pytest

from tests.flows.person import Forms
from tests.flows.service import BASE, FORM, REDIRECT, RESOURCE, Service, callback, form_fields
from tests.interop.conversation import INITIALIZE, json_of

pytestmark = pytest.mark.anyio

METADATA = f"{BASE}/.well-known/oauth-protected-resource/http"
UNKNOWN = "dwp_" + "A" * 60
WELL_KNOWN = (
    "/.well-known/oauth-protected-resource/http",
    "/.well-known/oauth-protected-resource",
    "/.well-known/oauth-authorization-server",
    "/.well-known/oauth-authorization-server/http",
    "/.well-known/openid-configuration",
    "/.well-known/openid-configuration/http",
    "/http/.well-known/openid-configuration",
    "/http/.well-known/oauth-authorization-server",
    "/.well-known/jwks.json",
)
POSTED = ("/api/oauth/register", "/register", "/api/oauth/token", "/token")
FOR_PROGRAMS = (*WELL_KNOWN, *POSTED, "/http", "/.well-known/nothing", "/.well-known/oauth-protected-resource/other")
CORS = {
    "access-control-allow-origin": "*",
    "access-control-expose-headers": "WWW-Authenticate, Mcp-Session-Id, DPoP-Nonce, Retry-After",
}


async def test_an_unknown_client_is_a_page_with_400_for_people_and_invalid_client_for_programs(service: Service):
    """R2: FastMCP and mcp-remote read the status before they open a browser, the TypeScript SDK reads the code."""
    its_own = "http://localhost:3334/oauth/callback"
    page = await service.browser.get(service.authorization_url(UNKNOWN, redirect_uri=its_own))
    at_token = await service.redeemed(UNKNOWN, "dwc_anything")
    with_secret = await service.token(
        {"authorization": "Basic ZHdwX25vYm9keTpub3RoaW5n"}, grant_type="refresh_token", refresh_token="dwr_anything"
    )

    assert 400 == page.status_code
    assert "text/html" in page.headers["content-type"]
    assert "location" not in page.headers
    assert "mcp-remote" in page.text
    assert (401, "invalid_client") == (at_token.status_code, json_of(at_token)["error"])
    assert "www-authenticate" not in at_token.headers
    assert (401, "invalid_client") == (with_secret.status_code, json_of(with_secret)["error"])
    assert with_secret.headers["www-authenticate"].startswith("Basic realm=")


@pytest.mark.parametrize(
    "redirect_uri",
    [
        "https://evil.example/callback",
        REDIRECT + "/",
        REDIRECT.replace("127.0.0.1", "localhost"),
        REDIRECT.replace("http:", "https:"),
        REDIRECT + "?a=b",
        "",
    ],
)
async def test_a_wrong_redirect_uri_leads_nowhere(service: Service, redirect_uri: str):
    """R11: a page, and `invalid_grant` at the token endpoint; the code stays good."""
    client_id = (await service.registered())["client_id"]
    page = await service.browser.get(service.authorization_url(client_id, redirect_uri=redirect_uri))
    code = await service.code(client_id)
    refused = await service.redeemed(client_id, code, redirect_uri=redirect_uri or "https://evil.example/")
    redeemed = await service.redeemed(client_id, code)

    assert 400 == page.status_code
    assert "location" not in page.headers
    assert (400, "invalid_grant") == (refused.status_code, json_of(refused)["error"])
    assert 200 == redeemed.status_code


async def test_a_refusal_reaches_the_client_with_iss_and_state(service: Service):
    """R14, R23: Codex and Goose stop at an answer without `iss`."""
    client_id = (await service.registered())["client_id"]
    page = await service.decided(await service.consent_page(client_id, state="kept as it is"), "deny")
    (link,) = [link for link in Forms(page.text).links if link.startswith(REDIRECT)]

    assert {"error": "access_denied", "state": "kept as it is", "iss": BASE} == {
        name: value for name, value in parse_qsl(urlsplit(link).query) if name != "error_description"
    }


@pytest.mark.parametrize("method", ["POST", "GET", "HEAD", "DELETE"])
async def test_the_headers_of_401_without_a_token(service: Service, method: str):
    """R8, R21: byte for byte; no `error`, as nothing was presented (RFC 6750 §3.1)."""
    answer = await service.http.request(method, "/http")

    assert 401 == answer.status_code
    assert f'Bearer resource_metadata="{METADATA}", scope="mcp"' == answer.headers["www-authenticate"]
    assert {**CORS, "content-type": "application/json", "cache-control": "no-store"}.items() <= answer.headers.items()
    assert (b"" == answer.content) == (method == "HEAD")


async def test_the_headers_of_401_with_a_bad_token(service: Service):
    """R21: byte for byte."""
    answer = await service.http.post("/http", json=INITIALIZE, headers={"authorization": "Bearer nonsense"})

    assert 401 == answer.status_code
    assert (
        'Bearer error="invalid_token", '
        'error_description="the access token is expired, revoked or not for this server", '
        f'resource_metadata="{METADATA}", scope="mcp"' == answer.headers["www-authenticate"]
    )
    assert {**CORS, "content-type": "application/json", "cache-control": "no-store"}.items() <= answer.headers.items()
    assert "invalid_token" == json_of(answer)["error"]


@pytest.mark.parametrize("path", FOR_PROGRAMS)
async def test_a_preflight_is_answered_before_anything_else_is_asked(service: Service, path: str):
    """R20: clients in web pages send one wherever they go, and never with credentials."""
    asked = {
        "origin": "http://localhost:6274",
        "access-control-request-method": "POST",
        "access-control-request-headers": "authorization,content-type,mcp-protocol-version,mcp-method,mcp-name",
    }
    answer = await service.http.options(path, headers=asked)
    allowed = {name.strip().lower() for name in answer.headers["access-control-allow-headers"].split(",")}

    assert answer.status_code in (200, 204)
    assert "*" == answer.headers["access-control-allow-origin"]
    assert "access-control-allow-credentials" not in answer.headers
    assert set(asked["access-control-request-headers"].split(",")) <= allowed
    assert {"GET", "POST"} <= {name.strip() for name in answer.headers["access-control-allow-methods"].split(",")}


@pytest.mark.parametrize("path", FOR_PROGRAMS)
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE", "PATCH"])
async def test_programs_never_read_html(service: Service, path: str, method: str):
    """R8: HTML there means "does not implement OAuth" to ChatGPT; nothing redirects either (R17)."""
    headers = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8", "content-type": "text/html"}
    answer = await service.http.request(method, path, headers=headers, content=b"<html>")

    assert not answer.is_redirect
    assert "application/json" == answer.headers["content-type"].partition(";")[0]
    assert isinstance(json.loads(answer.content), dict)


async def test_no_page_on_the_way_to_a_client_says_form_action(service: Service):
    """R16: Chromium applies it to the redirect that follows the form."""
    client_id = (await service.registered())["client_id"]
    consent = await service.consent_page(client_id)
    somebody_else = await service.http.get(service.authorization_url(client_id))
    policies = [page.headers["content-security-policy"] for page in (consent, somebody_else)]

    assert 'action="/oauth/consent"' in consent.text
    assert "password" in somebody_else.text
    assert not [policy for policy in policies if "form-action" in policy]
    assert ["frame-ancestors 'none'" in policy for policy in policies] == [True, True]


async def test_the_answer_to_a_form_is_303(service: Service):
    """R17: 307 would send the password or the decision on to the client."""
    client_id = (await service.registered())["client_id"]
    answer = await service.decided(await service.consent_page(client_id))
    again = await service.decided(await service.consent_page(client_id))

    assert [303, 303] == [answer.status_code, again.status_code]
    assert callback(answer)["code"] != callback(again)["code"]


async def test_what_clients_probe_is_there_in_the_order_they_probe_it(service: Service):
    """Interop 3.2: the challenge, the metadata of the resource, that of the server in every form, the old paths."""
    for method in ("POST", "GET", "HEAD"):
        assert 401 == (await service.http.request(method, RESOURCE)).status_code
    resources = [json_of(await service.http.get(path)) for path in WELL_KNOWN[:2]]
    servers = [json_of(await service.http.get(path)) for path in WELL_KNOWN[2:8]]
    issuer = resources[0]["authorization_servers"][0]
    server = servers[0]
    registered = await service.http.post("/register", json={"redirect_uris": [REDIRECT]})
    client_id = json_of(registered)["client_id"]
    old = await service.browser.get(service.authorization_url(client_id).replace("/oauth/authorize", "/authorize"))
    page = await service.browser.get(old.headers["location"])
    consent = form_fields(page.text, "/oauth/consent")
    decided = await service.browser.post("/oauth/consent", data={**consent, "decision": "approve"})
    form = {"grant_type": "authorization_code", "client_id": client_id, "code_verifier": service.verifier}
    tokens = await service.http.post("/token", data={**form, "code": callback(decided)["code"]}, headers=FORM)

    assert [RESOURCE, RESOURCE] == [document["resource"] for document in resources]
    assert [[BASE], [BASE]] == [document["authorization_servers"] for document in resources]
    assert [server] * 6 == servers
    assert (issuer, ["S256"]) == (server["issuer"], server["code_challenge_methods_supported"])
    assert "none" in server["token_endpoint_auth_methods_supported"]
    assert "offline_access" in server["scopes_supported"]
    assert [201, 303, 200, 303, 200] == [answer.status_code for answer in (registered, old, page, decided, tokens)]
