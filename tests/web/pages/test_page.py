"""The frame of every page."""

from typing import Any

import pytest

from doorward.web.pages import PAGES
from doorward.web.static_files import asset_url

ADDRESSES = ["/", "/sign-in", "/sign-up", "/account", "/setup/x", "/oauth/authorize", "/nowhere", "/oauth/consent"]


@pytest.mark.parametrize("address", ADDRESSES)
def test_every_page_carries_the_headers_of_a_page(visitor, address: str) -> None:
    """ASVS 3.4: pages, redirects and errors alike; no form-action (R16), and a referrer for our own forms."""
    headers = visitor.get(address).response.headers

    policy = dict(part.strip().split(" ", 1) for part in headers["content-security-policy"].split(";"))
    assert "'none'" == policy["default-src"] == policy["frame-ancestors"] == policy["base-uri"]
    assert "'self'" == policy["style-src"]
    assert not {"form-action", "script-src"} & policy.keys()
    assert "no-store" == headers["cache-control"]
    assert "same-origin" == headers["referrer-policy"]
    assert "DENY" == headers["x-frame-options"]
    assert "nosniff" == headers["x-content-type-options"]
    assert "camera=()" in headers["permissions-policy"]
    assert "strict-transport-security" not in headers


@pytest.mark.parametrize(
    ("address", "policy"),
    [
        ("/oauth/authorize", "unsafe-none"),
        ("/oauth/consent", "unsafe-none"),
        ("/sign-in", "unsafe-none"),
        ("/sign-up", "unsafe-none"),
        ("/sign-out", "unsafe-none"),
        ("/account", "same-origin"),
        ("/account/disconnect", "same-origin"),
        ("/setup/x", "same-origin"),
        ("/nowhere", "same-origin"),
    ],
)
def test_only_the_way_from_a_client_and_back_keeps_the_window_that_opened_it(
    visitor, address: str, policy: str
) -> None:
    """ASVS 3.4.8, except where a client in a browser waits in the window that opened ours."""
    assert policy == visitor.get(address).response.headers["cross-origin-opener-policy"]


def test_https_is_remembered(visit) -> None:
    """ASVS 3.4.1, where the dashboard has https."""
    headers = visit(dashboard_url="https://auth.example").get("/sign-in").response.headers

    assert "max-age=31536000" == headers["strict-transport-security"]


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
@pytest.mark.parametrize("address", ["/account", "/oauth/authorize"])
def test_a_wrong_method_gets_a_page_that_names_the_right_ones(visitor, address: str, method: str) -> None:
    """RFC 9110 §15.5.6."""
    answer = visitor.get(address, method=method)

    assert 405 == answer.status
    assert answer.response.headers["allow"].startswith("GET, HEAD")


def test_a_page_that_only_takes_forms_says_so(visitor) -> None:
    """Reloading the address of a form is no error of the server."""
    answer = visitor.get("/oauth/consent")

    assert (405, "POST") == (answer.status, answer.response.headers["allow"])
    assert answer.title


@pytest.mark.parametrize("address", ["/nowhere", "/account/", "/sign-in/x", "/static/x", "/static/0/style.css"])
def test_an_address_with_nothing_there_gets_a_page(visitor, address: str) -> None:
    """404 as a page; no redirect to an address with or without a slash."""
    answer = visitor.get(address)

    assert (404, "Page not found") == (answer.status, answer.title)


def test_a_failure_gets_a_page_that_tells_nothing(visit) -> None:
    """500: what failed is for the log."""

    class BrokenClock:
        def now(self) -> object:
            raise RuntimeError("dwn_secret")

    answer = visit(clock=BrokenClock()).get("/account")

    assert (500, "Something went wrong") == (answer.status, answer.title)
    assert "dwn_secret" not in answer.response.text
    assert "no-store" == answer.response.headers["cache-control"]


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "evil.example", "localhost"])
def test_under_another_host_a_page_leads_to_the_dashboard(visitor, host: str) -> None:
    """T10 and T9: the public address is configuration, whatever the request says."""
    answer = visitor.get("/oauth/authorize?state=a%20b&x=%2f%2F;'\"&y", Host=host)

    assert 303 == answer.status
    assert "http://localhost:8000/oauth/authorize?state=a%20b&x=%2f%2F;'%22&y" == answer.location


async def under_another_host(app: object, raw_path: bytes, query: bytes) -> str:
    sent: list[dict[str, Any]] = []

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    scope = {
        "type": "http",
        "method": "GET",
        "path": "/oauth/authorize",
        "raw_path": raw_path,
        "query_string": query,
        "headers": [(b"host", b"127.0.0.1:8000")],
    }
    await app(scope, receive, send)  # type: ignore[operator]
    return dict(sent[0]["headers"])[b"location"].decode("latin-1")


@pytest.mark.anyio
@pytest.mark.parametrize("query", [b"a=%zz&b=\"'<>;|^`{}&c=+%20", b"state=\xc3\xa9", b"&&=", b"?a=?"])
async def test_path_and_query_arrive_byte_for_byte(visitor, query: bytes) -> None:
    """T10: what a client wrote is what the authorization endpoint reads."""
    location = await under_another_host(visitor.client.app, b"/oauth/%61uthorize", query)

    assert "http://localhost:8000/oauth/%61uthorize?" + query.decode("latin-1") == location


def test_static_files_may_be_kept_for_ever(visitor) -> None:
    """Their address names their content."""
    answer = visitor.get(asset_url("style.css"))

    assert 200 == answer.status
    assert "public, max-age=31536000, immutable" == answer.response.headers["cache-control"]
    assert "text/css; charset=utf-8" == answer.response.headers["content-type"]
    assert "nosniff" == answer.response.headers["x-content-type-options"]
    assert b"" == visitor.get(asset_url("logo.svg"), method="HEAD").response.content
    assert "image/svg+xml" == visitor.get(asset_url("logo.svg"), Host="127.0.0.1").response.headers["content-type"]


def test_a_body_that_arrives_in_pieces_is_capped(visitor) -> None:
    """Without a Content-Length, too."""

    def pieces():
        for _ in range(10):
            yield b"x" * 10_000

    response = visitor.client.post(
        "/sign-in", content=pieces(), headers={"Content-Type": "application/x-www-form-urlencoded"}
    )

    assert 413 == response.status_code


def test_every_page_is_registered_once() -> None:
    """One address, one page."""
    paths = [page.path for page in PAGES]

    assert sorted(set(paths)) == sorted(paths)


def test_a_program_that_calls_a_wrong_address_reads_json(visitor):
    """The commonest mistyping of the MCP address; no page, and nothing about forms."""
    answer = visitor.client.post("/mcp", json={"jsonrpc": "2.0", "method": "initialize", "id": 1})

    assert 404 == answer.status_code
    assert "http://localhost:8000/http" == answer.json()["mcp_server"]
