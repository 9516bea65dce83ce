"""Where a form came from, and the token only our page could hold."""

import pytest
from starlette.datastructures import Headers

from doorward.web.csrf import comes_from_own_page, form_token, is_form_token

DASHBOARD = "http://localhost:8000"


def headers(*pairs: tuple[str, str]) -> Headers:
    return Headers(raw=[(name.encode(), value.encode()) for name, value in pairs])


@pytest.mark.parametrize(
    "pairs",
    [
        [],
        [("origin", DASHBOARD)],
        [("origin", DASHBOARD), ("sec-fetch-site", "same-origin")],
        [("sec-fetch-site", "none")],
    ],
)
def test_our_own_form_and_clients_that_are_no_browsers_pass(pairs: list[tuple[str, str]]) -> None:
    """ASVS 3.5.1: browsers say where a POST comes from; whoever says nothing carries nobody's cookie unasked."""
    assert comes_from_own_page(headers(*pairs), DASHBOARD)


@pytest.mark.parametrize(
    "pairs",
    [
        [("origin", "null")],
        [("origin", "http://localhost:3000")],
        [("origin", "http://127.0.0.1:8000")],
        [("origin", DASHBOARD), ("origin", "https://evil.example")],
        [("origin", DASHBOARD), ("sec-fetch-site", "cross-site")],
        [("sec-fetch-site", "cross-site")],
        [("sec-fetch-site", "same-site")],
        [("origin", "")],
    ],
)
def test_a_form_of_another_page_is_refused(pairs: list[tuple[str, str]]) -> None:
    """A sibling host or another port is another page, too (ASVS 3.5.3)."""
    assert not comes_from_own_page(headers(*pairs), DASHBOARD)


def test_a_form_token_is_good_for_its_session_and_purpose_only() -> None:
    """One form's token opens no other form."""
    token = form_token("dwn_one", "sign-out")

    assert is_form_token(token, "dwn_one", "sign-out")
    assert not is_form_token(token, "dwn_two", "sign-out")
    assert not is_form_token(token, "dwn_one", "disconnect/x")
    assert not is_form_token(None, "dwn_one", "sign-out")
    assert not is_form_token("é\ud800", "dwn_one", "sign-out")


def test_a_form_token_does_not_tell_the_session_token() -> None:
    """What a page holds must not be what the cookie holds."""
    assert "dwn_one" not in form_token("dwn_one", "sign-out")
