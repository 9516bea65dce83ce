"""Signing in."""

from datetime import timedelta
from urllib.parse import urlencode

import pytest

from doorward.identity.login import SignInLimits
from tests.builders import A_PASSWORD, AN_EMAIL, given_a_user


def test_whoever_comes_alone_ends_on_the_account(visitor, database) -> None:
    """N10: there is no parameter that says where to go."""
    given_a_user(database)
    answer = visitor.sign_in()

    assert (303, "/account") == (answer.status, answer.location)
    assert "Your account" == visitor.get("/account").title


@pytest.mark.parametrize("name", ["next", "return_to", "redirect", "interaction_url", "continue"])
@pytest.mark.parametrize("target", ["//evil.example", "/\\evil.example", "https:evil.example", "\t//evil.example"])
def test_no_address_of_a_stranger_is_followed(visitor, database, name: str, target: str) -> None:
    """N10: not in the query, not in the form."""
    given_a_user(database)
    query = urlencode({name: target})
    fields = {"email": AN_EMAIL, "password": A_PASSWORD, name: target}

    assert "evil" not in visitor.get(f"/sign-in?{query}").response.text
    assert "/account" == visitor.post(f"/sign-in?{query}", fields).location


def test_a_wrong_password_and_an_unknown_account_get_the_same_page(visitor, database) -> None:
    """ASVS 6.3.8: nobody learns who has an account here."""
    given_a_user(database)
    wrong = visitor.post("/sign-in", {"email": AN_EMAIL, "password": "wrong"})
    unknown = visitor.post("/sign-in", {"email": "bob@example.org", "password": "wrong"})

    assert 400 == wrong.status == unknown.status
    assert wrong.response.text.replace(AN_EMAIL, "x") == unknown.response.text.replace("bob@example.org", "x")
    assert "set-cookie" not in wrong.response.headers


def test_the_address_stays_and_the_password_does_not(visitor) -> None:
    """A mistyped password costs one field."""
    answer = visitor.post("/sign-in", {"email": "bob@example.org", "password": "hunter2 hunter2"})
    email, password = answer.page.one("input", name="email"), answer.page.one("input", name="password")

    assert "bob@example.org" == email.attributes["value"]
    assert "value" not in password.attributes
    assert "hunter2" not in answer.response.text
    assert "error" == email.attributes["aria-describedby"] == answer.page.one("p", role="alert").attributes["id"]
    assert "autofocus" in password.attributes


def test_a_failed_attempt_on_the_way_to_a_client_can_be_repeated(visitor, request_address, database) -> None:
    """T15: the request is still in the form, and the page still says who asks."""
    given_a_user(database)
    failed = visitor.submit(visitor.get(request_address()), "/sign-in", email=AN_EMAIL, password="wrong")
    assert 400 == failed.status
    assert "agent.example" in failed.page.one("main").text

    signed_in = visitor.submit(failed, "/sign-in", password=A_PASSWORD)
    assert "An app wants to connect" == visitor.get(signed_in.location).title


def test_too_many_attempts_are_told_when_to_come_back(visit, database) -> None:
    """RFC 6585 §4; the right password does not help meanwhile, and it works afterwards."""
    given_a_user(database)
    visitor = visit(sign_in_limits=SignInLimits(attempts=2, period=timedelta(minutes=10)))
    for _ in range(2):
        assert 400 == visitor.sign_in(password="wrong").status
    answer = visitor.sign_in()

    assert 429 == answer.status
    assert 1 <= int(answer.response.headers["retry-after"]) <= 600
    assert "Try again in" in answer.page.one("p", role="alert").text
    assert AN_EMAIL == answer.page.one("input", name="email").attributes["value"]
    assert not visitor.cookies


def test_waiting_as_long_as_the_page_says_is_enough(visit, database, clock) -> None:
    """Retry-After is the truth."""
    given_a_user(database)
    visitor = visit(sign_in_limits=SignInLimits(attempts=2, period=timedelta(minutes=10)))
    for _ in range(2):
        visitor.sign_in(password="wrong")
    clock.advance(timedelta(seconds=int(visitor.sign_in().response.headers["retry-after"])))

    assert 303 == visitor.sign_in().status


def test_the_cookie_is_kept_from_scripts_and_other_sites(visitor, database) -> None:
    """T10 on http loopback: everything but Secure."""
    given_a_user(database)
    cookie = visitor.sign_in().response.headers["set-cookie"]

    assert cookie.startswith("doorward=dwn_")
    assert {"HttpOnly", "Path=/", "SameSite=lax"} <= set(cookie.split("; "))
    assert "Secure" not in cookie
    assert "Domain" not in cookie


def test_the_cookie_is_bound_to_an_https_host(visit, database) -> None:
    """T10 on https: the browser itself refuses it from any other host or over plain http."""
    given_a_user(database)
    cookie = visit(dashboard_url="https://auth.example").sign_in().response.headers["set-cookie"]

    assert cookie.startswith("__Host-doorward=dwn_")
    assert {"HttpOnly", "Path=/", "SameSite=lax", "Secure"} <= set(cookie.split("; "))
    assert "Domain" not in cookie


def test_no_page_sets_a_cookie_before_somebody_signed_in(visitor, request_address) -> None:
    """No cookie that changes per page: several tabs and the back button work."""
    for address in ("/sign-in", "/account", "/", "/sign-up", request_address()):
        assert "set-cookie" not in visitor.get(address).response.headers


def test_whoever_is_signed_in_is_not_asked_again(visitor, database) -> None:
    """The form has nothing to offer them."""
    given_a_user(database)
    visitor.sign_in()

    assert "/account" == visitor.get("/sign-in").location


@pytest.mark.parametrize("interaction", ["x", "é", "A" * 300])
def test_a_damaged_form_signs_nobody_in(visitor, database, interaction: str) -> None:
    """N7: the page says so before the password is looked at."""
    given_a_user(database)
    answer = visitor.post("/sign-in", {"email": AN_EMAIL, "password": A_PASSWORD, "interaction": interaction})

    assert 400 == answer.status
    assert "This request has expired" == answer.title
    assert not visitor.cookies


def test_a_form_left_open_too_long_signs_nobody_in(visitor, database, request_address, clock) -> None:
    """N7: an interaction lasts an hour."""
    given_a_user(database)
    form = visitor.get(request_address())
    clock.advance(timedelta(hours=1, seconds=1))

    assert 400 == visitor.submit(form, "/sign-in", email=AN_EMAIL, password=A_PASSWORD).status


@pytest.mark.parametrize(
    "headers",
    [{"Origin": "https://evil.example"}, {"Origin": "null"}, {"Origin": "", "Sec-Fetch-Site": "cross-site"}],
)
def test_no_other_site_signs_somebody_in(visitor, database, headers: dict[str, str]) -> None:
    """N7: signing in as the attacker is an attack, too."""
    given_a_user(database)
    answer = visitor.post("/sign-in", {"email": AN_EMAIL, "password": A_PASSWORD}, **headers)

    assert 403 == answer.status
    assert not visitor.cookies


def test_a_client_that_is_no_browser_may_sign_in(visitor, database) -> None:
    """Without Origin and Sec-Fetch-Site there is no browser whose cookies could be abused."""
    given_a_user(database)
    answer = visitor.post("/sign-in", {"email": AN_EMAIL, "password": A_PASSWORD}, Origin="", **{"Sec-Fetch-Site": ""})

    assert 303 == answer.status


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"email=a%40b.c",
        b"password=x",
        b"email=a&email=b&password=x",
        b"email=a&password=x&password=y",
        b"email=%FF&password=x",
        b"\xff\xfe",
        b"email[]=a&password=x",
        b'{"email": "a", "password": "b"}',
    ],
)
def test_a_form_that_is_none_gets_a_clear_page(visitor, body: bytes) -> None:
    """400 and a page, never 422, never 500."""
    answer = visitor.post("/sign-in", body)

    assert 400 == answer.status
    assert "This form could not be read" == answer.title


@pytest.mark.parametrize("email", ["", " ", "a", "a@", "\x00@example.org", "x" * 5000 + "@example.org", "<b>@x"])
@pytest.mark.parametrize("password", ["", "\x00", "x" * 5000])
def test_nonsense_in_the_fields_is_a_failed_attempt(visitor, email: str, password: str) -> None:
    """The same page for whatever does not fit an account."""
    assert 400 == visitor.post("/sign-in", {"email": email, "password": password}).status


@pytest.mark.parametrize("content_type", ["application/json", "multipart/form-data; boundary=x", "text/plain", "x"])
def test_a_body_of_another_type_is_refused(visitor, content_type: str) -> None:
    """Only what a form of ours sends."""
    answer = visitor.post("/sign-in", b"email=a&password=b", **{"Content-Type": content_type})

    assert 400 == answer.status


def test_a_body_above_its_cap_is_refused(visitor) -> None:
    """64 KiB are plenty for any form."""
    assert 413 == visitor.post("/sign-in", b"email=a&password=" + b"x" * 65_536).status
