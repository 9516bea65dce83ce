"""Only a good bearer token in the one Authorization header reaches the application."""

import asyncio
import json
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import pytest

from doorward.resource_server import bearer_auth as module
from doorward.resource_server.asgi import Message, Receive, Scope, Send
from doorward.resource_server.bearer_auth import BearerAuth, verified_token
from doorward.resource_server.ports import VerifiedToken
from tests.builders import NOW
from tests.resource_server.sources import World

pytestmark = pytest.mark.anyio

METADATA = "https://auth.example.org/.well-known/oauth-protected-resource/http"
NO_CREDENTIALS = f'Bearer resource_metadata="{METADATA}", scope="mcp"'


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.time = NOW

    def now(self):
        return self.time


@dataclass
class Answer:
    """What came back."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes

    def all(self, name: str) -> list[str]:
        """Every value of a header."""
        return [value for key, value in self.headers if key == name]

    def __getitem__(self, name: str) -> str:
        (value,) = self.all(name)
        return value

    @property
    def json(self) -> dict[str, str]:
        """The body."""
        return json.loads(self.body)


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    """Tells who was let through, with CORS headers of its own."""
    headers = [(b"content-type", b"text/plain"), (b"Access-Control-Allow-Origin", b"https://one.example")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": verified_token(scope).subject.encode()})


class Site:
    """An application behind the middleware."""

    def __init__(self, world: World | None = None, *, scope: Sequence[str] = ("mcp",)) -> None:
        self.world = world or World()
        self.clock = Clock()
        self.auth = BearerAuth(
            application, self.world.verifier, resource_metadata=METADATA, scope=scope, clock=self.clock
        )

    async def __call__(
        self, *authorization: str | bytes, method: str = "POST", query: bytes = b"", body: bytes = b""
    ) -> Answer:
        """Send a request with these Authorization headers."""
        values = [value.encode() if isinstance(value, str) else value for value in authorization]
        scope = {
            "type": "http",
            "method": method,
            "path": "/http",
            "query_string": query,
            "headers": [(b"host", b"x"), *((b"authorization", value) for value in values)],
        }
        sent: list[Message] = []

        async def receive() -> Message:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Message) -> None:
            sent.append(message)

        await self.auth(scope, receive, send)
        start, *rest = sent
        headers = [(name.decode().lower(), value.decode()) for name, value in start.get("headers", [])]
        return Answer(start["status"], headers, b"".join(message.get("body", b"") for message in rest))


async def test_a_good_token_is_let_through_with_what_it_says():
    """RFC 6750 §2.1; the scheme is case-insensitive (RFC 9110 §11.1)."""
    site = Site()
    token = site.world.token()

    for scheme in ("Bearer", "bearer", "BEARER", "Bearer  "):
        answer = await site(f"{scheme} {token}")
        assert (200, b"user-1") == (answer.status, answer.body)


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "DELETE", "PUT", "PATCH", "BREW"])
async def test_without_credentials_the_answer_is_401_without_error(method: str):
    """RFC 6750 §3.1, interop 3.2: each method gets the challenge, and nothing says that something was wrong."""
    answer = await Site()(method=method)

    assert 401 == answer.status
    assert NO_CREDENTIALS == answer["www-authenticate"]


@pytest.mark.parametrize("header", ["Basic dXNlcjpwYXNz", "DPoP abc", "Digest x", "token abc", "Bearerabc", ""])
async def test_another_scheme_counts_as_no_credentials(header: str):
    """RFC 6750 §3.1: an unsupported authentication method is told how to begin."""
    assert NO_CREDENTIALS == (await Site()(header))["www-authenticate"]


@pytest.mark.parametrize(
    "header",
    [
        "Bearer",
        "Bearer ",
        "Bearer a b",
        "Bearer a,b",
        'Bearer "a"',
        "Bearer =",
        "Bearer a=b",
        b"Bearer \xff\xfe",
        "Bearer é",
        "Bearer x",
        "Bearer a.b.c",
        "Bearer dwk_unknown",
        "Bearer dwb_session",
        "Bearer " + "x" * 20_000,
    ],
)
async def test_a_bad_token_is_401_invalid_token(header: str | bytes):
    """RFC 6750 §3.1, R21: one challenge in one header, and the same for every reason."""
    answer = await Site()(header)

    assert (401, "invalid_token") == (answer.status, answer.json["error"])
    assert answer["www-authenticate"].startswith('Bearer error="invalid_token", error_description="')
    assert answer["www-authenticate"].endswith(f', resource_metadata="{METADATA}", scope="mcp"')


async def test_a_token_in_the_query_or_the_form_is_ignored():
    """OAuth 2.1 §5.1, RFC 9700 §4.3.2: only the header counts."""
    site = Site()
    token = site.world.token().encode()

    assert 401 == (await site(query=b"access_token=" + token)).status
    assert NO_CREDENTIALS == (await site(body=b"access_token=" + token))["www-authenticate"]
    assert 200 == (await site(b"Bearer " + token, query=b"access_token=wrong")).status


async def test_two_authorization_headers_are_refused():
    """RFC 9110 §5.3: which one another hop would believe is anybody's guess."""
    site = Site()
    good = f"Bearer {site.world.token()}"

    for headers in ((good, good), (good, "Basic x"), ("Basic x", good)):
        answer = await site(*headers)
        assert (400, "invalid_request") == (answer.status, answer.json["error"])


async def test_too_little_scope_is_403_with_what_would_do():
    """R21: `insufficient_scope` with what is granted and what is missing, so that a step-up keeps both."""
    site = Site(scope=("mcp", "admin"))
    answer = await site(f"Bearer {site.world.token(scope='extra mcp')}")

    assert (403, "insufficient_scope") == (answer.status, answer.json["error"])
    assert (
        'Bearer error="insufficient_scope", error_description="the access token does not allow this", '
        f'resource_metadata="{METADATA}", scope="extra mcp admin"' == answer["www-authenticate"]
    )


async def test_errors_are_json_that_nobody_keeps():
    """RFC 6750 §5.3: never cached."""
    answer = await Site()("Bearer x")

    assert ("application/json", "no-store") == (answer["content-type"], answer["cache-control"])
    assert str(len(answer.body)) == answer["content-length"]


async def test_a_preflight_is_answered_before_any_authentication():
    """R20: OPTIONS carries no credentials."""
    answer = await Site()(method="OPTIONS")

    assert 204 == answer.status
    assert "*" == answer["access-control-allow-origin"]
    allowed = {name.strip().lower() for name in answer["access-control-allow-headers"].split(",")}
    assert {
        "authorization",
        "content-type",
        "mcp-protocol-version",
        "mcp-session-id",
        "mcp-method",
        "mcp-name",
        "last-event-id",
        "dpop",
    } <= allowed
    assert {"GET", "POST", "DELETE"} <= set(answer["access-control-allow-methods"].split(", "))
    assert [] == answer.all("access-control-allow-credentials")


async def test_every_answer_can_be_read_by_a_web_page():
    """R20: also 401, 403 and 503, and the application's own answer, with the headers a client needs exposed."""
    site = Site()
    good = f"Bearer {site.world.token()}"
    answers = [await site(), await site("Bearer x"), await site(good, good), await site(good)]
    site.world.revocations.reachable = False
    site.clock.time += timedelta(seconds=6)
    answers.append(await site(good))

    assert [401, 401, 400, 200, 503] == [answer.status for answer in answers]
    for answer in answers:
        assert "*" == answer["access-control-allow-origin"]
        assert {"WWW-Authenticate", "Mcp-Session-Id", "DPoP-Nonce"} <= set(
            answer["access-control-expose-headers"].split(", ")
        )


async def test_when_nobody_can_tell_the_answer_is_503_and_when_to_come_back():
    """Architecture section 3: never 200, and no challenge that would make the client forget its token."""
    site = Site()
    token = f"Bearer {site.world.token()}"
    assert 200 == (await site(token)).status
    site.world.revocations.reachable = False
    site.clock.time += timedelta(seconds=6)
    answer = await site(token)

    assert (503, "temporarily_unavailable") == (answer.status, answer.json["error"])
    assert int(answer["retry-after"]) > 0
    assert [] == answer.all("www-authenticate")


async def test_the_cached_path_stays_on_the_event_loop(monkeypatch: pytest.MonkeyPatch):
    """A bearer-token check costs no thread and no look-up."""
    site = Site()
    token = f"Bearer {site.world.token()}"

    def refuse(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr(site.auth._threads, "submit", refuse)

    assert 200 == (await site(token)).status
    assert 200 == (await site(token)).status


async def test_look_ups_run_on_a_worker_thread():
    """A slow database must not stop every other request."""
    site = Site()
    key = site.world.api_key()
    seen: list[str] = []
    find = site.world.api_keys.find

    def look(key: str, now: datetime) -> VerifiedToken | None:
        seen.append(threading.current_thread().name)
        return find(key, now)

    site.world.api_keys.find = look

    assert 200 == (await site(f"Bearer {key}")).status
    assert seen
    assert threading.main_thread().name not in seen


async def test_a_look_up_that_hangs_is_given_up(monkeypatch: pytest.MonkeyPatch):
    """The request is answered in time, and at most eight threads wait."""
    monkeypatch.setattr(module, "LOOK_UP_DEADLINE", timedelta(milliseconds=50))
    site = Site()
    release = threading.Event()

    def hang(key: str, now: datetime) -> None:
        release.wait(10)

    site.world.api_keys.find = hang
    before = threading.active_count()
    answers = await asyncio.gather(*(site(f"Bearer dwk_{number}") for number in range(30)))
    waiting = threading.active_count() - before
    release.set()
    site.auth.close()

    assert {503} == {answer.status for answer in answers}
    assert waiting <= module.LOOK_UP_THREADS


async def test_a_websocket_is_closed():
    """Nothing here speaks it, so nobody gets in that way."""
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "websocket.connect"}

    async def send(message: Message) -> None:
        sent.append(message)

    await Site().auth({"type": "websocket", "headers": []}, receive, send)

    assert [{"type": "websocket.close", "code": 1008}] == sent
