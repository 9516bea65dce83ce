"""The authorization endpoint, as browsers see it."""

from urllib.parse import parse_qsl, urlsplit

import pytest

from doorward.identity.records import SessionKind
from doorward.operations.find_session import find_session
from tests.builders import AN_EMAIL, given_a_user


def query_of(address: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(address).query, keep_blank_values=True))


def test_a_stranger_signs_in_on_the_page_itself(visitor, request_address) -> None:
    """N5 and T15: no redirect, nothing stored, the request travels in a hidden field."""
    answer = visitor.get(request_address())

    assert 200 == answer.status
    assert "Sign in" == answer.title
    assert "agent.example" in answer.page.one("main").text
    assert "Example Agent" == answer.page.one("bdi").text
    assert "set-cookie" not in answer.response.headers
    assert answer.page.one("form", action="/sign-in").fields["interaction"]


def test_the_whole_way_ends_at_the_client(visitor, request_address, database) -> None:
    """RFC 6749 §4.1.2, RFC 9207: 303 with code, state and iss, kept by nobody on the way."""
    given_a_user(database)
    answer = visitor.decide(visitor.open_consent(request_address()), "approve")

    assert 303 == answer.status
    assert answer.location.startswith("https://agent.example/callback?")
    assert {"code", "state", "iss"} == query_of(answer.location).keys()
    assert "a state" == query_of(answer.location)["state"]
    assert "no-store" == answer.response.headers["cache-control"]
    assert "no-referrer" == answer.response.headers["referrer-policy"]
    assert b"" == answer.response.content


def test_an_address_may_be_opened_as_often_as_one_likes(visitor, request_address, database) -> None:
    """Clients fetch it before the browser does (clients-recorded.md, FastMCP): it uses nothing up."""
    given_a_user(database)
    address = request_address()
    for _ in range(3):
        assert 200 == visitor.get(address).status
        assert 200 == visitor.get(address, method="HEAD").status

    assert 303 == visitor.decide(visitor.open_consent(address), "approve").status


def test_head_is_answered_as_get_without_the_page(visitor, request_address) -> None:
    """RFC 9110 §9.3.2."""
    address = request_address()
    head, get = visitor.get(address, method="HEAD"), visitor.get(address)

    assert (200, b"") == (head.status, head.response.content)
    assert head.response.headers["content-security-policy"] == get.response.headers["content-security-policy"]
    assert "text/html; charset=utf-8" == head.response.headers["content-type"]


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_client_that_is_not_known_gets_a_page_with_400(visitor, method: str) -> None:
    """N1: no redirect; FastMCP registers again on exactly this status."""
    address = "/oauth/authorize?response_type=code&client_id=nobody&redirect_uri=https%3A%2F%2Fevil.example%2F"
    answer = visitor.get(address, method=method)

    assert 400 == answer.status
    assert "location" not in answer.response.headers
    assert "evil.example" not in answer.response.text


@pytest.mark.parametrize(
    "query",
    [
        b"",
        b"client_id=",
        b"client_id=%FF",
        b"client_id=\xff\xfe",
        b"client_id=a&client_id=b",
        b"client_id=%00",
        b"=&=&&&",
        b"client_id=" + b"x" * 20_000,
    ],
)
def test_an_address_that_makes_no_sense_gets_a_page_with_400(visitor, query: bytes) -> None:
    """N1 and N2: whatever it is, it is a page that goes nowhere."""
    posted = visitor.post("/oauth/authorize", query)

    assert 400 == posted.status
    assert "location" not in posted.response.headers
    assert posted.title


def test_the_request_may_be_posted_and_from_another_site(visitor, request_address, database) -> None:
    """OIDC Core §3.1.2.1: GET and POST; clients post from their own pages, and nothing changes by it."""
    given_a_user(database)
    body = urlsplit(request_address()).query.encode()
    answer = visitor.post("/oauth/authorize", body, Origin="https://agent.example", **{"Sec-Fetch-Site": "cross-site"})

    assert 200 == answer.status
    signed_in = visitor.submit(answer, "/sign-in", email=AN_EMAIL, password="zebra fjord pickle lantern")
    assert "An app wants to connect" == visitor.get(signed_in.location).title


def test_a_form_that_asks_for_a_fresh_sign_in_gets_it_once(visitor, request_address, database) -> None:
    """OIDC Core §3.1.2.1: prompt=login asks again, and what follows does not ask for ever."""
    given_a_user(database)
    visitor.sign_in()
    answer = visitor.get(request_address(prompt="login", state="s%&=+ü"))
    assert "Sign in" == answer.title

    signed_in = visitor.submit(answer, "/sign-in", email=AN_EMAIL, password="zebra fjord pickle lantern")
    consent = visitor.get(signed_in.location)
    assert "An app wants to connect" == consent.title
    assert "s%&=+ü" == query_of(visitor.decide(consent, "approve").location)["state"]


def test_the_login_hint_fills_the_address_in(visitor, request_address) -> None:
    """OIDC Core §3.1.2.1: and it is text, whatever it holds."""
    answer = visitor.get(request_address(login_hint='"><script>alert(1)</script>'))

    assert '"><script>alert(1)</script>' == answer.page.one("input", name="email").attributes["value"]
    assert [] == answer.page.all("script")


def test_signing_in_again_ends_the_session_from_before(visitor, request_address, database, web) -> None:
    """ASVS 7.2.4: a new session on every authentication, and the old one is over."""
    given_a_user(database)
    visitor.sign_in()
    before = visitor.cookies["doorward"]
    answer = visitor.get(request_address(prompt="login"))
    visitor.submit(answer, "/sign-in", email=AN_EMAIL, password="zebra fjord pickle lantern")

    assert before != visitor.cookies["doorward"]
    assert find_session(database, token=before, kind=SessionKind.BROWSER, now=web.clock.now()) is None
