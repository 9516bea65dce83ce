"""A browser without JavaScript: keeps the cookie, says where its forms come from, and reads the pages."""

from dataclasses import dataclass
from http.cookies import SimpleCookie
from urllib.parse import urlencode, urlsplit

import httpx2

from tests.asgi_client import AsgiClient
from tests.builders import A_PASSWORD, AN_EMAIL
from tests.web.pages.document import Element, read_page


@dataclass(frozen=True)
class Answer:
    """A response, and the page in it."""

    response: httpx2.Response

    @property
    def status(self) -> int:
        return self.response.status_code

    @property
    def page(self) -> Element:
        return read_page(self.response.text)

    @property
    def location(self) -> str:
        return self.response.headers["location"]

    @property
    def title(self) -> str:
        return self.page.one("h1").text


class Visitor:
    """Somebody in front of a browser."""

    def __init__(self, app: object, *, origin: str = "http://localhost:8000") -> None:
        self.origin = origin
        self.client = AsgiClient(app, base_url=origin)
        self.cookies: dict[str, str] = {}

    def get(self, address: str, *, method: str = "GET", **headers: str) -> Answer:
        """Open an address."""
        return self._send(method, address, None, headers)

    def post(self, address: str, fields: dict[str, str] | bytes, **headers: str) -> Answer:
        """Send a form, as a browser does from our own page."""
        body = fields if isinstance(fields, bytes) else urlencode(fields).encode()
        own = {"Origin": self.origin, "Sec-Fetch-Site": "same-origin"}
        return self._send("POST", address, body, {**own, **headers})

    def submit(self, answer: Answer, action: str, **typed: str) -> Answer:
        """Fill in a form of a page and send it; an empty value leaves a field out."""
        form = answer.page.one("form", action=action)
        fields = {name: value for name, value in {**form.fields, **typed}.items() if value != ""}
        return self.post(action, fields)

    def sign_in(self, *, email: str = AN_EMAIL, password: str = A_PASSWORD) -> Answer:
        """Sign in on the page that is there for it."""
        return self.submit(self.get("/sign-in"), "/sign-in", email=email, password=password)

    def open_consent(self, address: str) -> Answer:
        """Open the authorization request of a client, signing in on the way when it asks."""
        answer = self.get(address)
        if answer.title == "Sign in":
            signed_in = self.submit(answer, "/sign-in", email=AN_EMAIL, password=A_PASSWORD)
            answer = self.get(signed_in.location)
        return answer

    def decide(self, consent: Answer, decision: str) -> Answer:
        """Press one of the two buttons."""
        return self.submit(consent, "/oauth/consent", decision=decision)

    def _send(self, method: str, address: str, body: bytes | None, headers: dict[str, str]) -> Answer:
        sent = {"Content-Type": "application/x-www-form-urlencoded"} if body is not None else {}
        if self.cookies:
            sent["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        sent |= headers
        self.client.cookies.clear()
        response = self.client.request(
            method, address, content=body, headers={name: value for name, value in sent.items() if value}
        )
        self._keep_cookies(response)
        return Answer(response)

    def _keep_cookies(self, response: httpx2.Response) -> None:
        for line in response.headers.get_list("set-cookie"):
            for name, morsel in SimpleCookie(line).items():
                if morsel["max-age"] == "0":
                    self.cookies.pop(name, None)
                else:
                    self.cookies[name] = morsel.value


def path_and_query(address: str) -> str:
    """What of an address is sent to its host."""
    parts = urlsplit(address)
    return f"{parts.path}?{parts.query}"
