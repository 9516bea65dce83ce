"""A page is a frozen value and the template of the same name."""

import html
from dataclasses import dataclass
from importlib.resources import files

import jinja2
import pytest

from doorward.web.pages.access_requests import AccessRequestsPage
from doorward.web.pages.account import AccountPage
from doorward.web.pages.client_secret import ClientSecretPage
from doorward.web.pages.own_client_deletion import DeleteClientPage
from doorward.web.pages.own_clients import OwnClientsPage
from doorward.web.pages.problem import NOT_FOUND, ProblemPage
from doorward.web.pages.setup import SetupPage
from doorward.web.pages.sign_up import SignUpPage
from doorward.web.pages.steps import AlreadyConnectedPage, AskAdministratorPage, ConsentPage, DeniedPage, SignInPage
from doorward.web.rendering import _environment, render, template_name

PAGE_CLASSES = [
    AccessRequestsPage,
    AccountPage,
    AlreadyConnectedPage,
    AskAdministratorPage,
    ClientSecretPage,
    ConsentPage,
    DeleteClientPage,
    DeniedPage,
    OwnClientsPage,
    ProblemPage,
    SetupPage,
    SignInPage,
    SignUpPage,
]


def test_every_page_has_its_template_and_every_template_its_page() -> None:
    """A template nobody fills would be dead, a page without one would fail when it is needed."""
    templates = {file.name for file in files("doorward.web").joinpath("templates").iterdir()}

    assert {template_name(page_class) for page_class in PAGE_CLASSES} == {
        name for name in templates if not name.startswith("_")
    }


def test_a_template_that_asks_for_what_is_not_there_fails() -> None:
    """A misspelt name must not become an empty place on a consent page."""

    @dataclass(frozen=True)
    class ConsentPage:
        title: str = "Consent"

    with pytest.raises(jinja2.UndefinedError):
        render(ConsentPage())


def test_no_page_holds_a_script_an_inline_style_or_a_foreign_address() -> None:
    """The policy of the pages forbids them, so one in a template would be broken (ASVS 3.4.3)."""
    for file in files("doorward.web").joinpath("templates").iterdir():
        text = file.read_text("utf-8")
        for forbidden in ("<script", "style=", "<style", "http:", "https:", "|safe", "javascript"):
            assert forbidden not in text.lower(), (file.name, forbidden)


def test_text_is_escaped() -> None:
    """What strangers say of themselves stays text."""
    html = render(ProblemPage(title="<b>x</b>", text='"><script>alert(1)</script>', error="<i>"))

    assert "<script>" not in html
    assert "<b>" not in html
    assert "&lt;script&gt;" in html


def test_a_page_names_its_language_and_its_title() -> None:
    """WCAG 3.1.1 and 2.4.2."""
    html = render(NOT_FOUND)

    assert '<html lang="en">' in html
    assert "<title>Page not found \u2013 Doorward</title>" in html


@pytest.mark.parametrize(
    "address",
    [
        "client.example",
        "127.0.0.1",
        "https://a.example/b/c/",
        "an app on this computer (cursor://)",
        "..",
        "",
        "<b>.example&amp;/",
    ],
)
def test_an_address_is_copied_as_it_is_wherever_a_line_may_end(address: str) -> None:
    """Only places to break are added, none of them before a punctuation mark."""
    parts = _environment().from_string('{% import "_parts.html" as parts %}{{ parts.breakable(address) }}')
    shown = parts.render(address=address)

    assert address == html.unescape(shown.replace("<wbr>", ""))
    assert "<b>" not in shown
    for whole in ("127.0.0.1", "(cursor://)"):
        assert (whole in shown) == (whole in address)
