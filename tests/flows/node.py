"""One of several servers on one database, as a blocking test of many processes speaks to it."""

import re
import secrets
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx2

from tests.flows.person import Form, Forms, form_with
from tests.flows.sdk_client import REDIRECT
from tests.flows.server_process import EMAIL, PASSWORD, ServerProcess
from tests.flows.service import a_verifier, challenge_for

BEARER = {"accept": "application/json, text/event-stream"}


@dataclass
class Node:
    """A server process, a client's HTTP and a browser's."""

    server: ServerProcess
    issuer: str
    """The address of them all, which a load balancer would pass on as Host."""

    http: httpx2.Client = field(init=False)
    browser: httpx2.Client = field(init=False)
    verifier: str = field(default_factory=a_verifier)

    def __post_init__(self) -> None:
        self.http, self.browser = self._client(), self._client()

    def _client(self) -> httpx2.Client:
        """Each request is a connection of its own, so that it may reach any worker."""
        one_each = httpx2.Limits(max_connections=100, max_keepalive_connections=0)
        return httpx2.Client(timeout=60, limits=one_each, headers={"host": self.issuer.removeprefix("http://")})

    def register(self, **members: object) -> str:
        """A client's id."""
        body = {"client_name": "A client", "redirect_uris": [REDIRECT], **members}
        answer = self.http.post(f"{self.server.base}/api/oauth/register", json=body)
        assert 201 == answer.status_code, answer.text
        return answer.json()["client_id"]

    def sign_in(self, email: str = EMAIL, password: str = PASSWORD) -> httpx2.Response:
        """Sign the browser in; the answer to the form."""
        page = self.browser.get(f"{self.server.base}/sign-in")
        form = form_with(page, "password")
        return self.send(form, email=email, password=password)

    def send(self, form: Form, **typed: str) -> httpx2.Response:
        """Send a form of a page of this server."""
        return self.browser.post(
            self.server.base + form.action, data={**form.fields, **typed}, headers={"origin": self.issuer}
        )

    def authorization_url(self, client_id: str) -> str:
        query = {
            "response_type": "code",
            "client_id": client_id,
            "redirect_uri": REDIRECT,
            "code_challenge": challenge_for(self.verifier),
            "code_challenge_method": "S256",
            "state": secrets.token_urlsafe(8),
            "resource": f"{self.issuer}/http",
        }
        return f"{self.server.base}/oauth/authorize?{urlencode(query)}"

    def code(self, client_id: str) -> str:
        """A code that the signed-in person allowed."""
        page = self.browser.get(self.authorization_url(client_id))
        assert 200 == page.status_code, page.text
        answer = self.send(form_with(page, "decision"), decision="approve")
        assert 303 == answer.status_code, answer.text
        return parse_qs(urlsplit(answer.headers["location"]).query)["code"][0]

    def redeem(self, client_id: str, code: str, verifier: str) -> httpx2.Response:
        """Exchange a code, made here or at another node."""
        form = {"grant_type": "authorization_code", "client_id": client_id, "code": code, "code_verifier": verifier}
        return self.http.post(f"{self.server.base}/api/oauth/token", data={**form, "redirect_uri": REDIRECT})

    def refresh(self, client_id: str, refresh_token: str) -> httpx2.Response:
        form = {"grant_type": "refresh_token", "client_id": client_id, "refresh_token": refresh_token}
        return self.http.post(f"{self.server.base}/api/oauth/token", data=form)

    def use(self, access_token: str) -> int:
        """The status of a tool call with that token."""
        call = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "whoami", "arguments": {}}}
        headers = {**BEARER, "authorization": f"Bearer {access_token}"}
        return self.http.post(f"{self.server.base}/http", json=call, headers=headers).status_code

    def disconnect(self, public_id: str) -> None:
        """Press the button on this node's account page."""
        page = self.browser.get(f"{self.server.base}/account")
        (form,) = [form for form in Forms(page.text).found if form.fields.get("connection") == public_id]
        assert 303 == self.send(form).status_code

    def key_ids(self) -> set[str]:
        """The keys that this node publishes."""
        return set(re.findall(r'"kid":"([^"]+)"', self.http.get(f"{self.server.base}/.well-known/jwks.json").text))

    def close(self) -> None:
        self.http.close()
        self.browser.close()
