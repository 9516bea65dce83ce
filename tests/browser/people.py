"""What people do in front of the pages."""

from collections.abc import Mapping

from playwright.sync_api import Page, expect

from tests.browser.client import Client
from tests.builders import A_PASSWORD, AN_EMAIL


def sign_in(page: Page, *, email: str = AN_EMAIL, password: str = A_PASSWORD) -> None:
    """Fill in the sign-in form that is open."""
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()


def open_consent(page: Page, client: Client, **parameters: str) -> None:
    """Come from a client, sign in, and stand before the decision."""
    page.goto(client.authorization_url(**parameters))
    sign_in(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("An app wants to connect")


def connect(page: Page, client: Client) -> dict[str, str]:
    """Go the whole way and return what arrived at the client."""
    open_consent(page, client)
    page.get_by_role("button", name="Allow").click()
    page.wait_for_url(f"{client.redirect_uri}*")
    return client.arrived[-1]


def post_from(page: Page, action: str, fields: Mapping[str, str]) -> None:
    """Send a form from the page that is open, whoever it belongs to."""
    page.evaluate(
        """([action, fields]) => {
            const form = document.createElement('form');
            form.method = 'post'; form.action = action;
            for (const [name, value] of Object.entries(fields)) {
                const field = document.createElement('input');
                field.type = 'hidden'; field.name = name; field.value = value; form.append(field);
            }
            document.body.append(form); form.submit();
        }""",
        [action, dict(fields)],
    )
