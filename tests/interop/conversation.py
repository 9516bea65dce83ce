"""What passes between one client of clients.toml, one person, and the server; each answer is checked as it comes."""

import asyncio
import base64
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx2

from doorward.audit import RequestContext
from doorward.operations.create_client import create_client
from tests.flows.person import Forms
from tests.flows.service import FORM, RESOURCE, Service, challenge_for, claims_of
from tests.interop.document_server import DocumentServer
from tests.interop.keys import ClientKeys
from tests.interop.rows import Row, spelled

INITIALIZE = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "a client", "version": "1"}},
}
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


@dataclass
class Conversation:
    """One client that talks to one server."""

    row: Row
    service: Service
    documents: DocumentServer
    keys: ClientKeys
    port: int
    """Where the client listens, when its redirect URI has a port of its own choice."""
    verifier: str = field(default_factory=lambda: secrets.token_urlsafe(48))
    state: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    metadata: dict[str, Any] = field(default_factory=dict[str, Any])
    """The authorization server's."""
    client: dict[str, Any] = field(default_factory=dict[str, Any])
    """What the client knows about itself."""
    redirect: str = ""

    async def discover(self) -> None:
        """401, protected resource metadata, authorization server metadata: in that order, at the addresses given."""
        first = self.row.first_request
        refused = await self._request(first, RESOURCE, json=INITIALIZE if first == "POST" else None)
        assert 401 == refused.status_code
        found = re.fullmatch(r'Bearer resource_metadata="([^"]+)", scope="mcp"', refused.headers["www-authenticate"])
        assert found is not None, refused.headers
        resource = json_of(await self._request("GET", found[1]))
        assert RESOURCE == resource["resource"]
        (issuer,) = resource["authorization_servers"]
        self.metadata = json_of(await self._request("GET", f"{issuer}/.well-known/oauth-authorization-server"))
        assert issuer == self.metadata["issuer"]
        assert ["S256"] == self.metadata["code_challenge_methods_supported"]
        assert self.metadata["authorization_response_iss_parameter_supported"] is True
        if self.row.endpoints == "at the root":
            names = {
                "authorization_endpoint": "authorize",
                "token_endpoint": "token",
                "registration_endpoint": "register",
            }
            self.metadata |= {name: f"{issuer}/{path}" for name, path in names.items()}

    async def arrive(self) -> None:
        """Get a client id, in the row's way."""
        arrivals = {
            "registers": self._register,
            "has a document": self._publish,
            "was given an id": self._ask_the_operator,
        }
        await arrivals[self.row.arrives]()

    async def authorize(self, redirect: str) -> str:
        """Open the browser, allow; the code."""
        self.redirect = redirect.replace("{port}", str(self.port))
        url = self.authorization_url()
        if self.row.looks_before_it_opens:
            looked = await self.service.http.get(url)
            assert looked.status_code in (200, 303)
        page = await self.service.browser.get(url, follow_redirects=True)
        assert 200 == page.status_code, page.text
        answer = await self.service.decided(page)
        assert 303 == answer.status_code
        location: str = answer.headers["location"]
        assert location.startswith(self.redirect + "?"), location
        given = dict(parse_qsl(urlsplit(location).query, strict_parsing=True))
        assert (self.state, self.metadata["issuer"]) == (given["state"], given["iss"])
        return given["code"]

    def authorization_url(self, **changes: str) -> str:
        """The authorization request."""
        fields = {
            "response_type": "code",
            "client_id": self.client["client_id"],
            "redirect_uri": self.redirect,
            "code_challenge": challenge_for(self.verifier),
            "code_challenge_method": "S256",
            "state": self.state,
            **({"scope": self.row.scope} if self.row.scope else {}),
            **({"prompt": self.row.prompt} if self.row.prompt else {}),
            **spelled(RESOURCE, self.row.resource),
            **changes,
        }
        return f"{self.metadata['authorization_endpoint']}?{urlencode(fields)}"

    async def redeem(self, code: str) -> dict[str, Any]:
        """Exchange the code; the tokens."""
        fields = {"code": code, "code_verifier": self.verifier, "redirect_uri": self.redirect}
        resource = spelled(RESOURCE, self.row.resource_at_token)
        answer = await self._token({"grant_type": "authorization_code", **fields, **resource})
        return tokens_of(answer)

    async def refresh(self, tokens: Mapping[str, Any]) -> dict[str, Any]:
        """Refresh twice, in the row's habit; the tokens that were kept."""
        if self.row.refresh == "two at once":
            first, second = [
                tokens_of(each) for each in await asyncio.gather(self._refresh(tokens), self._refresh(tokens))
            ]
            assert first["refresh_token"] == second["refresh_token"], "one window would sign the other out"
            return tokens_of(await self._refresh(second))
        if self.row.refresh == "lost answer":
            lost = tokens_of(await self._refresh(tokens))
            again = tokens_of(await self._refresh(tokens))
            assert lost["refresh_token"] == again["refresh_token"]
            return tokens_of(await self._refresh(again))
        return tokens_of(await self._refresh(tokens_of(await self._refresh(tokens))))

    async def use(self, access_token: str) -> dict[str, Any]:
        """Call the MCP server; the claims it was called with."""
        headers = {"authorization": f"Bearer {access_token}", "accept": "application/json, text/event-stream"}
        answer = await self._request("POST", RESOURCE, json=INITIALIZE, headers=headers)
        assert 200 == answer.status_code, answer.text
        return claims_of(access_token)

    async def is_disconnected(self, tokens: Mapping[str, Any], public_id: str) -> None:
        """Disconnect on the account page; the refresh token is then dead, and told to be."""
        page = await self.service.browser.get("/account")
        (form,) = [form for form in Forms(page.text).found if form.fields.get("connection") == public_id]
        pressed = await self.service.browser.post(form.action, data=form.fields)
        assert 303 == pressed.status_code
        refused = await self._refresh(tokens)
        assert 400 == refused.status_code
        assert "invalid_grant" == json_of(refused)["error"]

    async def is_unknown(self) -> None:
        """A client id that this server never gave: a page with 400 at one endpoint, `invalid_client` at the other."""
        known, unknown = self.client["client_id"], "dwp_" + "A" * 60
        page = await self.service.browser.get(self.authorization_url(client_id=unknown), follow_redirects=True)
        assert (400, True) == (page.status_code, page.headers["content-type"].startswith("text/html"))
        self.client |= {"client_id": unknown}
        refused = await self._refresh({"refresh_token": "dwr_anything", "scope": "mcp"})
        self.client |= {"client_id": known}
        assert 401 == refused.status_code
        assert "invalid_client" == json_of(refused)["error"]

    async def _register(self) -> None:
        asked = self.row.filled(port=self.port)
        for _ in range(2 if self.row.registers_twice else 1):
            answer = await self._request("POST", self.metadata["registration_endpoint"], json=asked)
            assert 201 == answer.status_code, answer.text
            before, self.client = self.client, json_of(answer)
            assert before.get("client_id") != self.client["client_id"]
        assert asked["redirect_uris"] == self.client["redirect_uris"]
        assert asked["client_name"] == self.client["client_name"]
        assert asked["token_endpoint_auth_method"] == self.client["token_endpoint_auth_method"]
        assert ("client_secret" in self.client) == (asked["token_endpoint_auth_method"] != "none")
        assert set(self.client["grant_types"]) <= {"authorization_code", "refresh_token"}
        assert re.fullmatch(r"[A-Za-z0-9._~-]+", self.client["client_id"] + self.client.get("client_secret", ""))

    async def _publish(self) -> None:
        assert self.metadata["client_id_metadata_document_supported"] is True
        members = self.row.filled(port=self.port, jwks=self.documents.base + "/jwks.json")
        self.documents.serve("/jwks.json", self.keys.as_json())
        path = f"/{secrets.token_urlsafe(6)}/client.json"
        self.client = {**members, "client_id": self.documents.publish(path, **members)}
        self.client["token_endpoint_auth_method"] = self._chosen_method(members)

    def _chosen_method(self, members: Mapping[str, str | list[str]]) -> str:
        """What both can do, the document's own first (OpenID Connect RP Metadata Choices)."""
        wanted = [str(members["token_endpoint_auth_method"]), *members.get("token_endpoint_auth_methods_supported", ())]
        return next(method for method in wanted if method in self.metadata["token_endpoint_auth_methods_supported"])

    async def _ask_the_operator(self) -> None:
        asked = self.row.filled()
        client, secret = create_client(
            self.service.installation.database,
            name=str(asked["client_name"]),
            redirect_uris=list(asked["redirect_uris"]),
            grant_types=list(asked["grant_types"]),
            auth_method=str(asked["token_endpoint_auth_method"]),
            trusted=False,
            scope=None,
            now=self.service.clock.now(),
            context=RequestContext(),
        )
        assert secret is not None
        self.client = {**asked, "client_id": client.client_id, "client_secret": secret.reveal()}

    async def _refresh(self, tokens: Mapping[str, Any]) -> httpx2.Response:
        fields = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
        scope = {"scope": tokens["scope"]} if self.row.scope_at_refresh else {}
        forgot = self.metadata | {"token_endpoint": f"{self.metadata['issuer']}/token"}
        endpoint = (forgot if self.row.refreshes_at_the_root else self.metadata)["token_endpoint"]
        return await self._token({**fields, **scope, **spelled(RESOURCE, self.row.resource_at_refresh)}, endpoint)

    async def _token(self, fields: dict[str, str], endpoint: str | None = None) -> httpx2.Response:
        endpoint = endpoint or str(self.metadata["token_endpoint"])
        headers, proof = self._authentication()
        return await self._request(
            "POST", endpoint, content=urlencode({**fields, **proof}), headers={**FORM, **headers}
        )

    def _authentication(self) -> tuple[dict[str, str], dict[str, str]]:
        """Headers and fields that say who the client is (RFC 6749 §2.3.1, RFC 7523 §2.2)."""
        client_id, secret = self.client["client_id"], self.client.get("client_secret", "")
        match self.client["token_endpoint_auth_method"]:
            case "client_secret_basic":
                return {"authorization": "Basic " + base64.b64encode(f"{client_id}:{secret}".encode()).decode()}, {}
            case "client_secret_post":
                return {}, {"client_id": client_id, "client_secret": secret}
            case "private_key_jwt":
                assertion = self.keys.assertion(client_id, audience=self.metadata["issuer"])
                return {}, {"client_assertion_type": ASSERTION_TYPE, "client_assertion": assertion}
            case _:
                return {}, {"client_id": client_id}

    async def _request(
        self,
        method: str,
        url: str,
        *,
        json: Mapping[str, object] | None = None,
        content: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx2.Response:
        """A request of the client itself, never redirected, with everything that a web page adds."""
        origin = {"origin": self.row.origin} if self.row.origin else {}
        if origin:
            await self._preflight(method, url, origin)
        together = {**origin, **(headers or {})}
        if content is not None:
            answer = await self.service.http.request(method, url, headers=together, content=content)
        else:
            answer = await self.service.http.request(method, url, headers=together, json=json)
        assert not answer.is_redirect
        assert "text/html" not in answer.headers.get("content-type", "")
        if origin:
            assert "*" == answer.headers["access-control-allow-origin"]
            assert "WWW-Authenticate" in answer.headers["access-control-expose-headers"]
        return answer

    async def _preflight(self, method: str, url: str, origin: dict[str, str]) -> None:
        asked = {
            "access-control-request-method": method,
            "access-control-request-headers": "authorization, content-type, mcp-protocol-version",
        }
        answer = await self.service.http.options(url, headers={**origin, **asked})
        allowed = answer.headers["access-control-allow-headers"].lower()
        assert answer.status_code in (200, 204)
        assert "*" == answer.headers["access-control-allow-origin"]
        assert method in answer.headers["access-control-allow-methods"]
        assert {"authorization", "content-type", "mcp-protocol-version"} <= set(allowed.split(", "))


def json_of(answer: httpx2.Response) -> dict[str, Any]:
    """The members of an answer in JSON, which it must say it is."""
    assert "application/json" == answer.headers["content-type"], answer.text
    return answer.json()


def tokens_of(answer: httpx2.Response) -> dict[str, Any]:
    """The tokens of a token response (RFC 6749 §5.1)."""
    assert 200 == answer.status_code, answer.text
    tokens = json_of(answer)
    assert "no-store" == answer.headers["cache-control"]
    assert "bearer" == tokens["token_type"].lower()
    assert isinstance(tokens["expires_in"], int)
    assert "mcp" in tokens["scope"].split()
    assert tokens["refresh_token"]
    return tokens
