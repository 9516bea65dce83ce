"""The decision of a person about a client."""

from datetime import timedelta
from urllib.parse import parse_qsl, urlsplit

import pytest

from doorward.kit.secrets import digest
from doorward.oauth.pkce import challenge_of
from doorward.oauth.ports import CodeClaim
from tests.builders import AN_EMAIL, given_a_user

VERIFIER = "v" * 43


@pytest.fixture(autouse=True)
def _somebody(database) -> None:
    given_a_user(database)


def code_of(location: str) -> str:
    return dict(parse_qsl(urlsplit(location).query))["code"]


def redeem(database, location: str, client_id: str, now) -> object:
    claim = CodeClaim(
        code_hash=digest(code_of(location)),
        client_id=client_id,
        redirect_uri=None,
        code_challenge=challenge_of(VERIFIER),
        resource=None,
    )
    return database.token_path.redeem_code(claim, now)


def test_denying_shows_a_page_with_one_link(visitor, request_address) -> None:
    """N6: the client of a stranger learns of it only if the person follows the link."""
    answer = visitor.decide(visitor.open_consent(request_address()), "deny")

    assert 200 == answer.status
    (link,) = answer.page.one("main").all("a")
    told = dict(parse_qsl(urlsplit(link.attributes["href"]).query))
    assert ("access_denied", "a state") == (told["error"], told["state"])
    assert "iss" in told
    assert "agent.example" in answer.page.one("main").text


def test_a_second_click_makes_a_new_code_and_kills_the_first(visitor, request_address, database, clock) -> None:
    """T15 and R16: an impatient person ends up connected, with one code."""
    address = request_address()
    consent = visitor.open_consent(address)
    first, second = visitor.decide(consent, "approve"), visitor.decide(consent, "approve")
    client_id = dict(parse_qsl(urlsplit(address).query))["client_id"]

    assert 303 == first.status == second.status
    assert redeem(database, first.location, client_id, clock.now()) is None
    assert redeem(database, second.location, client_id, clock.now()) is not None


def test_after_redemption_the_page_says_already_connected(visitor, request_address, database, clock) -> None:
    """T15: the back button and another click change nothing."""
    address = request_address()
    consent = visitor.open_consent(address)
    client_id = dict(parse_qsl(urlsplit(address).query))["client_id"]
    assert redeem(database, visitor.decide(consent, "approve").location, client_id, clock.now()) is not None

    again = visitor.decide(consent, "approve")
    assert 200 == again.status
    assert "Already connected" == again.title


def test_a_form_of_another_session_decides_nothing(visitor, visit, request_address, database) -> None:
    """N7: the sealed interaction is bound to the session it was shown in."""
    given_a_user(database, email="eve@example.org")
    consent = visitor.open_consent(request_address())
    eve = visit()
    eve.sign_in(email="eve@example.org")
    somebody = visit()

    assert 403 == eve.decide(consent, "approve").status
    assert 403 == somebody.decide(consent, "approve").status


def test_an_old_form_decides_nothing(visitor, request_address, clock) -> None:
    """N7: an interaction lasts an hour."""
    consent = visitor.open_consent(request_address())
    clock.advance(timedelta(hours=1, seconds=1))
    answer = visitor.decide(consent, "approve")

    assert 400 == answer.status
    assert "location" not in answer.response.headers


@pytest.mark.parametrize("interaction", ["", "x", "é", "A" * 200, "{}"])
def test_a_damaged_form_decides_nothing(visitor, interaction: str) -> None:
    """N7: a page, never a redirect."""
    visitor.sign_in()
    answer = visitor.post("/oauth/consent", {"interaction": interaction, "decision": "approve"})

    assert 400 == answer.status
    assert "location" not in answer.response.headers


@pytest.mark.parametrize("decision", ["", "maybe", "Approve", "approve\n"])
def test_a_form_without_a_clear_decision_decides_nothing(visitor, request_address, decision: str) -> None:
    """Anything but the two buttons is malformed."""
    consent = visitor.open_consent(request_address())
    fields = consent.page.one("form", action="/oauth/consent").fields

    assert 400 == visitor.post("/oauth/consent", {**fields, "decision": decision}).status
    assert 400 == visitor.post("/oauth/consent", fields).status


@pytest.mark.parametrize(
    "headers",
    [{"Origin": "https://evil.example"}, {"Origin": "null"}, {"Origin": "", "Sec-Fetch-Site": "cross-site"}],
)
def test_a_form_of_another_site_decides_nothing(visitor, request_address, headers: dict[str, str]) -> None:
    """N7: the browser says where the form came from."""
    consent = visitor.open_consent(request_address())
    fields = consent.page.one("form", action="/oauth/consent").fields
    answer = visitor.post("/oauth/consent", {**fields, "decision": "approve"}, **headers)

    assert 403 == answer.status
    assert "This form came from somewhere else" == answer.title


def test_another_account_can_be_used_without_starting_over(visitor, request_address, database) -> None:
    """ASVS 10.7.2: sign out on the consent page, sign in as another, and the same request is asked about."""
    given_a_user(database, email="grace@example.org")
    consent = visitor.open_consent(request_address())
    assert AN_EMAIL in consent.page.one("dl").text

    signed_out = visitor.submit(consent, "/sign-out")
    assert not visitor.cookies
    sign_in = visitor.get(signed_out.location)
    assert "Sign in" == sign_in.title
    signed_in = visitor.submit(sign_in, "/sign-in", email="grace@example.org", password="zebra fjord pickle lantern")
    assert "grace@example.org" in visitor.get(signed_in.location).page.one("dl").text


def test_two_open_forms_both_work(visitor, request_address) -> None:
    """T15: reloading never voids an older copy."""
    address = request_address()
    older, newer = visitor.open_consent(address), visitor.open_consent(address)

    assert 303 == visitor.decide(older, "approve").status
    assert 303 == visitor.decide(newer, "approve").status
