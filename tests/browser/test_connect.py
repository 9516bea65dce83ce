"""Connecting a client, as a person with a browser does it."""

import re

import httpx2
import pytest
from playwright.sync_api import expect

from tests.browser.people import connect, open_consent, post_from, sign_in
from tests.builders import AN_EMAIL


def test_the_whole_way_from_the_client_and_back(page, client, server, complaints) -> None:
    """RFC 6749 §4.1, RFC 9207: sign in, allow, and the client has its token; the browser has nothing to complain of."""
    answer = connect(page, client)

    assert client.state == answer["state"]
    assert server.address == answer["iss"]
    assert "" == answer["referer"]
    token = client.exchange(answer["code"])
    assert 200 == token.status_code
    assert [] == complaints


def test_the_way_works_without_javascript(new_context, client) -> None:
    """No page needs a script."""
    page = new_context(java_script_enabled=False).new_page()

    assert 200 == client.exchange(connect(page, client)["code"]).status_code


def test_whoever_is_signed_in_is_asked_at_once(page, client, complaints) -> None:
    """SameSite=Lax: a start from another site keeps the session (clients-recorded.md, Chromium)."""
    connect(page, client)
    page.goto(f"{client.redirect_uri}?started=here")
    page.evaluate("address => { location.href = address }", client.authorization_url())

    expect(page.get_by_role("heading", level=1)).to_have_text("An app wants to connect")
    assert [] == complaints


def test_denying_leads_back_only_by_the_link(page, client, complaints) -> None:
    """N6."""
    open_consent(page, client)
    page.get_by_role("button", name="Deny").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Not connected")
    assert [] == client.arrived

    page.get_by_role("link", name="Go back to 127.0.0.1").click()
    page.wait_for_url(f"{client.redirect_uri}*")
    assert ("access_denied", client.state, "") == tuple(client.arrived[-1][k] for k in ("error", "state", "referer"))
    assert [] == complaints


def test_a_wrong_password_can_be_mended(page, client, complaints) -> None:
    """The address stays, the password goes, the request is not lost."""
    page.goto(client.authorization_url())
    sign_in(page, password="not the password")
    expect(page.get_by_role("alert")).to_have_text("The e-mail address or the password is wrong.")
    expect(page.get_by_label("E-mail")).to_have_value(AN_EMAIL)
    expect(page.get_by_label("Password")).to_have_value("")
    expect(page.get_by_label("Password")).to_be_focused()
    assert all("400" in complaint for complaint in complaints)

    sign_in(page)
    page.get_by_role("button", name="Allow").click()
    page.wait_for_url(f"{client.redirect_uri}*")
    assert 200 == client.exchange(client.arrived[-1]["code"]).status_code


def test_a_double_click_connects_once(page, client) -> None:
    """R16 and T15: an impatient person is connected, not refused."""
    open_consent(page, client)
    page.get_by_role("button", name="Allow").dblclick()
    page.wait_for_url(f"{client.redirect_uri}*")
    page.wait_for_load_state("networkidle")  # the second click may arrive after the first

    assert 200 == client.exchange(client.arrived[-1]["code"]).status_code
    page.goto(client.server + "/account")
    expect(page.get_by_role("button", name="Disconnect")).not_to_have_count(0)


def test_back_and_allow_again_is_a_decision_of_its_own(page, client) -> None:
    """T15: the page is asked for anew, and neither decision voids the other."""
    first = connect(page, client)
    page.go_back()
    page.get_by_role("button", name="Allow").click()
    page.wait_for_url(f"{client.redirect_uri}*")
    second = client.arrived[-1]

    assert first["code"] != second["code"]
    assert [200, 200] == [client.exchange(answer["code"]).status_code for answer in (first, second)]


def test_allowing_again_after_the_code_was_redeemed_says_so(page, client) -> None:
    """T15: a form that is still open and sent again changes nothing."""
    open_consent(page, client)
    page.locator("form[action='/oauth/consent']").evaluate("form => { form.target = '_blank' }")
    allow = page.get_by_role("button", name="Allow")
    with page.expect_popup() as first:
        allow.click()
    first.value.wait_for_url(f"{client.redirect_uri}*")
    assert 200 == client.exchange(client.arrived[-1]["code"]).status_code

    with page.expect_popup() as again:
        allow.click()
    expect(again.value.get_by_role("heading", level=1)).to_have_text("Already connected")


def test_a_client_in_a_browser_hears_from_the_window_it_opened(page, client, complaints) -> None:
    """Web clients run the flow in a window of their own, and its callback speaks to its opener."""
    page.goto(f"{client.redirect_uri}?started=here")
    with page.expect_popup() as opened:
        page.evaluate("address => { window.open(address, 'flow', 'width=500,height=700') }", client.authorization_url())
    sign_in(opened.value)
    opened.value.get_by_role("button", name="Allow").click()
    opened.value.wait_for_url(f"{client.redirect_uri}*")

    assert opened.value.evaluate("window.opener !== null")
    assert [] == complaints


def test_going_back_to_the_sign_in_page_does_not_ask_again(page, client) -> None:
    """Nothing is kept in the browser's cache, so the address is asked anew, and somebody is signed in now."""
    open_consent(page, client)
    page.go_back()
    page.get_by_role("button", name="Allow").click()
    page.wait_for_url(f"{client.redirect_uri}*")

    assert 200 == client.exchange(client.arrived[-1]["code"]).status_code


def test_two_tabs_of_one_browser_do_not_disturb_each_other(new_context, client) -> None:
    """No cookie changes per page."""
    context = new_context()
    first, second = context.new_page(), context.new_page()
    first.goto(client.authorization_url())
    second.goto(client.authorization_url())
    sign_in(first)
    sign_in(second)
    for tab in (second, first):
        expect(tab.get_by_role("heading", level=1)).to_have_text(re.compile("An app wants|This page belongs"))
    second.get_by_role("button", name="Allow").click()
    second.wait_for_url(f"{client.redirect_uri}*")

    assert 200 == client.exchange(client.arrived[-1]["code"]).status_code


def test_another_account_can_be_used_from_the_consent_page(page, client, server) -> None:
    """ASVS 10.7.2: and the request goes on."""
    server.create_user("grace@example.org")
    open_consent(page, client)
    page.get_by_role("button", name="Use another account").click()
    sign_in(page, email="grace@example.org")

    expect(page.get_by_role("definition").filter(has_text="grace@example.org")).to_be_visible()


def test_a_private_use_scheme_is_not_blocked(page, server, complaints) -> None:
    """R10 and R16: no form-action in the policy, so the redirect to an application of this computer goes out."""
    from tests.browser.client import Client, register

    redirect_uri = "cursor://anysphere.cursor-mcp/oauth/callback"
    client = Client(server.address, redirect_uri, register(server.address, redirect_uri, name="Cursor"))
    open_consent(page, client)
    with page.expect_request(lambda request: request.url.endswith("/oauth/consent")) as posted:
        page.get_by_role("button", name="Allow").click()
    response = posted.value.response()

    assert response is not None
    assert 303 == response.status
    assert response.headers["location"].startswith(redirect_uri + "?")
    assert not [complaint for complaint in complaints if "Content Security Policy" in complaint]


def test_the_page_of_another_origin_cannot_send_our_forms(page, client, server) -> None:
    """N7: Chromium names the foreign origin, and the form is refused."""
    open_consent(page, client)
    sealed = page.locator("form[action='/oauth/consent'] input[name=interaction]").input_value()
    page.goto(f"{client.redirect_uri}?evil=page")
    with page.expect_navigation() as navigation:
        post_from(page, f"{server.address}/oauth/consent", {"interaction": sealed, "decision": "approve"})

    assert navigation.value is not None
    assert 403 == navigation.value.status


def test_disconnecting_ends_what_the_client_holds(page, client, server) -> None:
    """ASVS 10.4.9: the refresh token dies with the connection; the newest of an app stands first."""
    token = client.exchange(connect(page, client)["code"]).json()
    page.goto(server.address)
    app = page.get_by_role("listitem").filter(has_text="last used today").first
    app.get_by_role("button", name="Disconnect").first.click()
    expect(page.get_by_role("status")).to_contain_text("Disconnected")

    refresh = {"grant_type": "refresh_token", "refresh_token": token["refresh_token"], "client_id": client.client_id}
    assert 400 == httpx2.post(f"{server.address}/api/oauth/token", data=refresh).status_code


@pytest.mark.parametrize("address", ["/account", "/sign-in?x=%2F"])
def test_the_other_name_of_this_computer_leads_to_the_right_one(page, server, address: str) -> None:
    """T10: `127.0.0.1` is another place for cookies."""
    page.goto(server.address.replace("localhost", "127.0.0.1") + address)

    assert page.url.startswith(server.address)
