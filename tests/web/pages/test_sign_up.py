"""Making an account."""

from datetime import timedelta

import pytest

from doorward.identity.sign_up import SignUpMode
from doorward.operations.invite_user import invite_user
from doorward.operations.list_users import list_users
from tests.builders import A_PASSWORD, AN_EMAIL, HERE, given_a_user

EMAIL = "grace@example.org"


@pytest.fixture
def open_house(visit):
    return visit(sign_up=SignUpMode.OPEN)


@pytest.fixture
def by_invitation(visit):
    return visit(sign_up=SignUpMode.INVITE)


@pytest.fixture
def invitation(database, clock) -> str:
    return invite_user(database, email=EMAIL, now=clock.now(), context=HERE).reveal()


def test_where_sign_up_is_closed_the_page_names_who_can_help(visitor, database) -> None:
    """The default: accounts are made by the administrator."""
    shown = visitor.get("/sign-up")
    sent = visitor.post("/sign-up", {"email": EMAIL, "password": A_PASSWORD})

    assert 403 == shown.status == sent.status
    assert "administrator" in shown.page.one("main").text
    assert [] == list(list_users(database))


def test_the_sign_in_page_offers_an_account_only_where_anybody_may_make_one(visitor, open_house) -> None:
    """No door is painted on a wall."""
    assert [] == visitor.get("/sign-in").page.all("form", action="/sign-up")
    assert open_house.get("/sign-in").page.one("form", action="/sign-up")


def test_in_an_open_house_anybody_makes_an_account_and_is_signed_in(open_house, database) -> None:
    """An address nobody proved stays unverified."""
    answer = open_house.submit(open_house.get("/sign-up"), "/sign-up", email=EMAIL, password=A_PASSWORD)
    (user,) = list_users(database)

    assert (303, "/account") == (answer.status, answer.location)
    assert EMAIL in open_house.get("/account").page.one("main").text
    assert (EMAIL, False, False) == (user.email, user.email_verified, user.is_administrator)


def test_a_new_person_goes_on_to_the_client(open_house, request_address) -> None:
    """The request goes along from the sign-in page to the sign-up page and back."""
    sign_in = open_house.get(request_address())
    interaction = sign_in.page.one("form", action="/sign-up").fields["interaction"]
    form = open_house.get(f"/sign-up?interaction={interaction}")
    answer = open_house.submit(form, "/sign-up", email=EMAIL, password=A_PASSWORD)

    assert "An app wants to connect" == open_house.get(answer.location).title


def test_whoever_has_an_account_after_all_goes_back_to_the_same_client(open_house, request_address) -> None:
    """The request is carried from the sign-up page, and only our own sealed one."""
    asked = request_address()
    interaction = open_house.get(asked).page.one("form", action="/sign-up").fields["interaction"]
    form = open_house.get(f"/sign-up?interaction={interaction}").page.one("form", action="/sign-in")
    back = open_house.get(f"/sign-in?interaction={form.fields['interaction']}")

    assert (303, asked.partition("?")[2]) == (back.status, back.location.partition("?")[2])
    assert back.location.startswith("/oauth/authorize?")
    assert 400 == open_house.get("/sign-in?interaction=//evil.example").status


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ({"email": EMAIL, "password": "short"}, "15 characters"),
        ({"email": EMAIL, "password": "x" * 300}, "256 characters"),
        ({"email": EMAIL, "password": "aaaaaaaaaaaaaaaaaaaa"}, "easy to guess"),
        ({"email": "no address", "password": A_PASSWORD}, "e-mail"),
        ({"email": AN_EMAIL, "password": A_PASSWORD}, "There is an account"),
        ({"email": AN_EMAIL.upper(), "password": A_PASSWORD}, "There is an account"),
    ],
)
def test_what_cannot_be_an_account_is_explained(open_house, database, typed: dict[str, str], reason: str) -> None:
    """One sentence, the address kept, the password not."""
    given_a_user(database)
    answer = open_house.submit(open_house.get("/sign-up"), "/sign-up", **typed)

    assert 400 == answer.status
    assert reason in answer.page.one("p", role="alert").text
    assert typed["email"] == answer.page.one("input", name="email").attributes["value"]
    assert "value" not in answer.page.one("input", name="password").attributes
    assert 1 == len(list_users(database))


def test_an_invitation_is_needed_where_there_are_invitations(by_invitation, database) -> None:
    """Without one the page says so; with a wrong one, too."""
    for answer in (
        by_invitation.get("/sign-up"),
        by_invitation.post("/sign-up", {"email": EMAIL, "password": A_PASSWORD}),
    ):
        assert (403, "An invitation is needed") == (answer.status, answer.title)
    for token in ("x", "dwi_" + "x" * 43, "%00", "é"):
        assert 404 == by_invitation.get(f"/sign-up?invitation={token}").status
    assert [] == list(list_users(database))


def test_an_invitation_makes_one_account(by_invitation, invitation) -> None:
    """Single use: the second person gets a page that says so."""
    form = by_invitation.get(f"/sign-up?invitation={invitation}")
    email = form.page.one("input", name="email").attributes
    assert (EMAIL, True) == (email["value"], "readonly" in email)

    assert 303 == by_invitation.submit(form, "/sign-up", password=A_PASSWORD).status
    assert 404 == by_invitation.submit(form, "/sign-up", password=A_PASSWORD).status


def test_a_weak_password_does_not_use_the_invitation_up(by_invitation, invitation) -> None:
    """The form comes back with the invitation in it."""
    form = by_invitation.get(f"/sign-up?invitation={invitation}")
    refused = by_invitation.submit(form, "/sign-up", password="short")

    assert 400 == refused.status
    assert 303 == by_invitation.submit(refused, "/sign-up", password=A_PASSWORD).status


def test_an_invitation_is_for_its_address(by_invitation, invitation, database) -> None:
    """A field that cannot be edited can be edited all the same."""
    answer = by_invitation.post(
        "/sign-up", {"email": "eve@example.org", "password": A_PASSWORD, "invitation": invitation}
    )

    assert 400 == answer.status
    assert [] == list(list_users(database))


def test_an_invitation_expires(by_invitation, invitation, clock) -> None:
    """Seven days."""
    clock.advance(timedelta(days=7, seconds=1))

    assert 404 == by_invitation.get(f"/sign-up?invitation={invitation}").status
