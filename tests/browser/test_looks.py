"""How the pages look to everybody: contrast, structure, small screens, large text."""

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe  # pyright: ignore[reportMissingTypeStubs]
from playwright.sync_api import Page

from tests.browser.client import Client
from tests.browser.people import connect, open_consent, sign_in
from tests.browser.running_server import RunningServer
from tests.browser.variants import documents

Opener = Callable[[Page, RunningServer, Client], object]


def failed_sign_in(page: Page, server: RunningServer, _client: Client) -> None:
    page.goto(f"{server.address}/sign-in")
    sign_in(page, email="nobody@example.org", password="wrong")


def denied(page: Page, _server: RunningServer, client: Client) -> None:
    open_consent(page, client)
    page.get_by_role("button", name="Deny").click()


def empty_account(page: Page, server: RunningServer, client: Client) -> None:
    page.goto(f"{server.address}/sign-up")
    page.get_by_label("E-mail").fill(f"{client.state}@example.org")
    page.get_by_label("Password").fill("zebra fjord pickle lantern")
    page.get_by_role("button", name="Create account").click()


def account(page: Page, server: RunningServer, client: Client) -> None:
    client.exchange(connect(page, client)["code"])
    page.goto(f"{server.address}/account")


def make_own_client(page: Page, server: RunningServer, redirect_uri: str) -> None:
    """Sign in, and make a client with a secret; the page that shows it is open then."""
    page.goto(f"{server.address}/sign-in")
    sign_in(page)
    page.get_by_role("link", name="Make an OAuth client").click()
    page.get_by_label("Name").fill("Automation")
    page.get_by_label("Redirect URIs").fill(redirect_uri)
    page.get_by_role("button", name="Make client").click()
    page.get_by_role("heading", name="Copy the secret now").wait_for()


def delete_own_clients(page: Page, server: RunningServer) -> None:
    page.goto(f"{server.address}/account/clients")
    while page.get_by_role("button", name="Delete").count():
        page.get_by_role("button", name="Delete").first.click()
        page.get_by_role("button", name="Delete it").click()
        page.get_by_role("status").wait_for()


def client_secret(page: Page, server: RunningServer, _client: Client) -> None:
    page.goto(f"{server.address}/sign-in")
    sign_in(page)
    delete_own_clients(page, server)
    page.context.clear_cookies()
    make_own_client(page, server, "https://automation.example/oauth/callback")


def own_clients(page: Page, server: RunningServer, client: Client) -> None:
    client_secret(page, server, client)
    page.get_by_role("link", name="I have copied it").click()
    page.get_by_role("button", name="New secret").click()
    page.get_by_role("link", name="I have copied it").click()


def client_deletion(page: Page, server: RunningServer, client: Client) -> None:
    client_secret(page, server, client)
    page.get_by_role("link", name="I have copied it").click()
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("heading", name="Delete this client?").wait_for()


def refused_own_client(page: Page, server: RunningServer, client: Client) -> None:
    own_clients(page, server, client)
    page.get_by_label("Name").fill("Automation")
    page.get_by_label("Redirect URIs").fill("http://automation.example/callback")
    page.get_by_role("button", name="Make client").click()
    page.get_by_role("alert").wait_for()


def consent_to_own_client(page: Page, server: RunningServer, client: Client) -> None:
    client_secret(page, server, client)
    client_id = page.locator("code.copy").nth(1).inner_text()
    redirect_uri = "https://automation.example/oauth/callback"
    own = Client(server.address, redirect_uri, client_id)
    page.goto(own.authorization_url())
    page.get_by_text("made by you").wait_for()


def already_connected(page: Page, _server: RunningServer, client: Client) -> None:
    open_consent(page, client)
    form = "form[action='/oauth/consent']"
    page.locator(form).evaluate("form => { form.target = '_blank' }")
    with page.expect_popup() as first:
        page.get_by_role("button", name="Allow").click()
    first.value.wait_for_url(f"{client.redirect_uri}*")
    client.exchange(client.arrived[-1]["code"])
    page.locator(form).evaluate("form => { form.target = '' }")
    page.get_by_role("button", name="Allow").click()
    page.get_by_role("heading", name="Already connected").wait_for()


PAGES: dict[str, Opener] = {
    "sign-in": lambda page, _server, client: page.goto(client.authorization_url()),
    "failed sign-in": failed_sign_in,
    "sign-up": lambda page, server, _client: page.goto(f"{server.address}/sign-up"),
    "consent": lambda page, _server, client: open_consent(page, client),
    "denied": denied,
    "already connected": already_connected,
    "account": account,
    "empty account": empty_account,
    "own clients": own_clients,
    "refused own client": refused_own_client,
    "client secret": client_secret,
    "client deletion": client_deletion,
    "consent to own client": consent_to_own_client,
    "not found": lambda page, server, _client: page.goto(f"{server.address}/nowhere"),
    "refused": lambda page, server, _client: page.goto(f"{server.address}/oauth/authorize?client_id=nobody"),
}


def can_be_read_by_everybody(page: Page) -> None:
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        results = Axe().run(page)
        assert 0 == results.violations_count, (scheme, results.generate_report())
    for width in (640, 390, 320):
        page.set_viewport_size({"width": width, "height": 640})
        assert width >= page.evaluate("document.documentElement.scrollWidth")


def test_everybody_can_read_what_is_said_about_any_client(new_context) -> None:
    """R29: every kind of client there is, and the pages of an approval."""
    page = new_context(bypass_csp=True, reduced_motion="reduce").new_page()
    for html in documents().values():
        page.set_content(html)
        can_be_read_by_everybody(page)


@pytest.mark.parametrize("name", PAGES)
def test_everybody_can_read_every_page(new_context, server, client, name: str) -> None:
    """WCAG 2.2 AA as far as a machine can tell, in both colour schemes and on small screens.

    1.4.10: no scrolling sideways at 320 pixels, which is 1280 at 400 %, and 640 is 1280 at 200 %.
    Axe is a script, so this one browser profile lets scripts in.
    """
    page = new_context(bypass_csp=True, reduced_motion="reduce").new_page()
    PAGES[name](page, server, client)
    can_be_read_by_everybody(page)


def test_a_long_name_does_not_break_the_consent_page(new_context, server) -> None:
    """A client's name is its own claim, and may be as long as the registration lets it."""
    from tests.browser.client import listening_client

    with listening_client(server.address, name="W" * 100) as client:
        page = new_context(viewport={"width": 320, "height": 640}).new_page()
        open_consent(page, client)

        assert page.evaluate("document.documentElement.scrollWidth") <= 320


def test_the_host_is_larger_than_the_name(page, client) -> None:
    """R29: a name is not identity."""
    open_consent(page, client)
    size = "element => parseFloat(getComputedStyle(element).fontSize)"
    name = page.locator(".asker bdi").evaluate(size)

    assert page.locator(".asker .destination").evaluate(size) > 1.5 * name


def test_labels_stand_on_the_line_of_what_they_name(new_context, server, client) -> None:
    """Boxes with something to copy have an edge, and yet their text is level with its label."""
    page = new_context(viewport={"width": 1280, "height": 800}).new_page()
    client_secret(page, server, client)
    middle = """element => {
        const range = document.createRange();
        range.selectNodeContents(element);
        const { top, bottom } = range.getClientRects()[0];
        return (top + bottom) / 2;
    }"""
    rows = page.locator(".facts > div").all()

    assert rows
    for row in rows:
        label, value = row.locator("dt").evaluate(middle), row.locator("dd > *, dd").last.evaluate(middle)
        assert abs(label - value) < 4, row.inner_text()


def test_what_is_to_be_copied_is_selected_whole_and_unchanged(new_context, server, client) -> None:
    """One press takes all of it, on a phone, too, and the places where a line may end are no part of it."""
    page = new_context(viewport={"width": 390, "height": 844}, has_touch=True).new_page()
    account(page, server, client)
    for box in page.locator("code.copy, code.command").all():
        assert "all" == box.evaluate("box => getComputedStyle(box).userSelect")
        assert box.evaluate("box => box.getBoundingClientRect().right") <= 390
    copied = page.locator("code.copy").first.evaluate(
        "box => { const s = getSelection(); s.selectAllChildren(box); return s.toString(); }"
    )

    assert f"{server.address}/http" == copied


def test_motion_can_be_switched_off(new_context, server) -> None:
    """prefers-reduced-motion."""
    page = new_context(reduced_motion="reduce").new_page()
    page.goto(f"{server.address}/sign-in")

    assert "none" == page.get_by_role("button", name="Sign in").evaluate("b => getComputedStyle(b).transitionProperty")
