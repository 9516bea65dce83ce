"""Accounts, as people make and use them in a browser."""

import re

from playwright.sync_api import expect

from tests.browser.people import sign_in
from tests.browser.running_server import running_server
from tests.builders import A_PASSWORD


def test_the_first_administrator_is_made_with_the_printed_link(new_context, complaints, tmp_path) -> None:
    """The server prints it once nobody administers it; it works once."""
    with running_server(tmp_path / "data") as server:
        log = (tmp_path / "data.log").read_text()
        found = re.search(rf"{server.address}/setup/\S+", log)
        assert found is not None, log
        page = new_context().new_page()
        page.goto(found[0])
        page.get_by_label("E-mail").fill("root@example.org")
        page.get_by_label("Password").fill(A_PASSWORD)
        page.get_by_role("button", name="Create administrator").click()
        expect(page.get_by_text("Signed in as root@example.org, an administrator.")).to_be_visible()
        assert [] == complaints

        page.goto(found[0])
        expect(page.get_by_role("heading", level=1)).to_have_text("This link is not valid")


def test_a_new_person_makes_an_account_on_the_way_to_a_client(page, client, complaints) -> None:
    """Where sign-up is open the request is carried through it."""
    page.goto(client.authorization_url())
    page.get_by_role("button", name="Create one").click()
    page.get_by_label("E-mail").fill("new.person@example.org")
    page.get_by_label("Password").fill(A_PASSWORD)
    page.get_by_role("button", name="Create account").click()
    page.get_by_role("button", name="Allow").click()
    page.wait_for_url(f"{client.redirect_uri}*")

    assert 200 == client.exchange(client.arrived[-1]["code"]).status_code
    assert [] == complaints


def test_signing_out_and_in_again(page, server, complaints) -> None:
    """And the back button shows nothing of the account."""
    page.goto(server.address)
    sign_in(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("Your account")
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")

    sign_in(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("Your account")
    assert [] == complaints


def test_the_way_can_be_gone_with_the_keyboard_alone(page, client) -> None:
    """WCAG 2.1.1 and 2.4.7: the cursor stands where one types, and every stop is visible."""
    page.goto(client.authorization_url())
    expect(page.get_by_label("E-mail")).to_be_focused()
    page.keyboard.type("ada@example.org")
    page.keyboard.press("Tab")
    page.keyboard.type(A_PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("An app wants to connect")
    allow = page.get_by_role("button", name="Allow")
    for _ in range(6):
        page.keyboard.press("Tab")
        if allow.evaluate("button => button === document.activeElement"):
            break
    assert "solid" == allow.evaluate("button => getComputedStyle(button).outlineStyle")
    page.keyboard.press("Enter")
    page.wait_for_url(f"{client.redirect_uri}*")

    assert 200 == client.exchange(client.arrived[-1]["code"]).status_code
