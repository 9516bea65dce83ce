"""The one-time link that makes the first administrator."""

from datetime import timedelta

import pytest

from doorward.operations.create_setup_link import create_setup_link
from doorward.operations.list_users import list_users
from tests.builders import A_PASSWORD, AN_EMAIL, HERE, given_a_user


@pytest.fixture
def link(database, clock) -> str:
    token = create_setup_link(database, now=clock.now(), context=HERE)
    assert token is not None
    return f"/setup/{token.reveal()}"


def test_the_link_makes_the_first_administrator_once(visitor, visit, database, link) -> None:
    """Whoever holds the link becomes the administrator and is signed in; the link is then void."""
    answer = visitor.submit(visitor.get(link), link, email=AN_EMAIL, password=A_PASSWORD)
    (user,) = list_users(database)

    assert (303, "/account") == (answer.status, answer.location)
    assert (AN_EMAIL, True, False) == (user.email, user.is_administrator, user.email_verified)
    assert "an administrator" in visitor.get("/account").page.one("main").text
    second = visit()
    assert 404 == second.get(link).status
    assert 404 == second.post(link, {"email": "eve@example.org", "password": A_PASSWORD}).status


def test_a_weak_password_does_not_use_the_link_up(visitor, link) -> None:
    """The form comes back with a sentence that says why."""
    refused = visitor.submit(visitor.get(link), link, email=AN_EMAIL, password="short")

    assert 400 == refused.status
    assert "15 characters" in refused.page.one("p", role="alert").text
    assert 303 == visitor.submit(refused, link, password=A_PASSWORD).status


def test_the_link_is_void_once_an_administrator_exists(visitor, database, link) -> None:
    """Even unused."""
    given_a_user(database, is_administrator=True)

    assert 404 == visitor.get(link).status


def test_the_link_lasts_a_day(visitor, clock, link) -> None:
    """24 hours."""
    clock.advance(timedelta(hours=24, seconds=1))

    assert 404 == visitor.get(link).status
    assert 404 == visitor.post(link, {"email": AN_EMAIL, "password": A_PASSWORD}).status


@pytest.mark.parametrize("token", ["x", "dwi_", "dwi_" + "x" * 43, "%00", "%FF", "%C3%A9", "%22%3E%3Cb%3E"])
def test_a_link_that_is_none_gets_a_page(visitor, token: str) -> None:
    """404, and nothing of it is shown."""
    answer = visitor.get(f"/setup/{token}")

    assert (404, "This link is not valid") == (answer.status, answer.title)
    assert [] == answer.page.all("b")
