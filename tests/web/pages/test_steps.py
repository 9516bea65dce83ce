"""What the pages of an authorization request say."""

import pytest

from doorward.oauth.interaction import ClientIntroduction, Denied
from doorward.oauth.policy import OFFLINE_ACCESS
from doorward.web.pages.steps import consent_page, denied_page
from doorward.web.rendering import render
from tests.builders import AN_EMAIL, a_consent_step
from tests.web.pages.document import Element, read_page


def a_client_introduction(
    *,
    name: str = "Example Agent",
    is_verified: bool = False,
    redirect_host: str = "agent.example",
    runs_on_this_computer: bool = False,
    **more: object,
) -> ClientIntroduction:
    """A stranger with an https callback."""
    return ClientIntroduction(
        client_id="dwp_x",
        name=name,
        is_verified=is_verified,
        redirect_host=redirect_host,
        runs_on_this_computer=runs_on_this_computer,
        **more,  # type: ignore[arg-type]
    )


def shown_consent(
    client: ClientIntroduction, *, stays_connected: bool = True, changes: tuple[str, ...] = ()
) -> Element:
    """The consent page for a client."""
    step = a_consent_step(client, stays_connected=stays_connected, changes=changes)
    return read_page(render(consent_page(step, sign_out_token="token")))


def test_consent_says_who_asks_where_the_answer_goes_and_for_what() -> None:
    """R29 and ASVS 10.7.2: client, standing, host, account, server, each scope in words, and for how long."""
    page = shown_consent(a_client_introduction())

    assert "agent.example" == page.one("p", class_="destination").text
    assert "Example Agent" == page.one("bdi").text
    assert "unverified app" == page.one("span", class_="badge").text
    facts = page.one("dl").text
    for fact in (
        AN_EMAIL,
        "Example tools",
        "https://mcp.example.com/http",
        "Use the tools of this MCP server as you",
        OFFLINE_ACCESS.words,
    ):
        assert fact in facts
    assert "30 days without use" in facts
    assert "1 year at the latest" in facts


def test_consent_for_a_client_that_cannot_refresh_says_how_long_its_token_lasts() -> None:
    """ASVS 10.7.2: the lifetime shown is the one that applies."""
    facts = shown_consent(a_client_introduction(), stays_connected=False).one("dl").text

    assert "For 1 hour." in facts
    assert "30 days" not in facts


def test_both_decisions_are_buttons_of_one_form() -> None:
    """The form works without JavaScript and carries the sealed interaction."""
    form = shown_consent(a_client_introduction()).one("form", action="/oauth/consent")

    assert {"interaction": "sealed"} == form.fields
    assert {"approve", "deny"} == {button.attributes["value"] for button in form.all("button", name="decision")}
    assert not any("autofocus" in button.attributes for button in form.all("button"))


def test_somebody_else_can_sign_in_instead() -> None:
    """ASVS 10.7.2: the account is named, so a wrong one must be easy to leave."""
    form = shown_consent(a_client_introduction()).one("form", action="/sign-out")

    assert {"interaction": "sealed", "form_token": "token"} == form.fields


@pytest.mark.parametrize(
    ("client", "warning"),
    [
        (a_client_introduction(), "Nobody checked this app."),
        (
            a_client_introduction(redirect_host="localhost", runs_on_this_computer=True),
            "This app runs on this computer.",
        ),
        (a_client_introduction(redirect_host="cursor:", runs_on_this_computer=True), "This app runs on this computer."),
        (
            a_client_introduction(is_verified=True, redirect_host="127.0.0.1", runs_on_this_computer=True),
            "This app runs on this computer.",
        ),
    ],
)
def test_consent_warns_of_what_cannot_be_checked(client: ClientIntroduction, warning: str) -> None:
    """R29: a name proves nothing, and neither does a loopback address."""
    assert warning in shown_consent(client).one("p", class_="warning").text


def test_a_client_an_operator_registered_is_shown_as_verified_without_a_warning() -> None:
    """R29: the standing is shown either way."""
    page = shown_consent(a_client_introduction(is_verified=True))

    assert "verified" == page.one("span", class_="badge").text
    assert [] == page.all("p", class_="warning")


@pytest.mark.parametrize("name", ["<b>Bank</b>", '"><script>alert(1)</script>', "\u202eknaB", "x" * 100, "{{ 7*7 }}"])
def test_a_hostile_name_stays_inside_its_own_brackets(name: str) -> None:
    """CON-10: no markup, no template, and no direction that leaks out of <bdi>."""
    page = shown_consent(a_client_introduction(name=name))

    assert name == page.one("bdi").text
    assert [] == page.all("script") + page.all("b")


def test_a_refusal_leads_back_by_one_plain_link() -> None:
    """N6: a stranger's client learns of the refusal only if the person follows the link."""
    location = "https://agent.example/cb?error=access_denied&state=%22x&iss=https%3A%2F%2Fauth.example"
    page = read_page(render(denied_page(Denied(location=location, client=a_client_introduction()))))

    (link,) = page.one("main").all("a")
    assert location == link.attributes["href"]
    assert "Go back to agent.example" == link.text
    assert "agent.example" == page.one("p", class_="destination").text
    assert [] == page.all("form")
    assert not any("http-equiv" in meta.attributes for meta in page.all("meta"))


def test_a_refusal_of_more_says_what_a_connected_app_keeps() -> None:
    step = Denied(location="https://agent.example/cb", client=a_client_introduction(), keeps=(OFFLINE_ACCESS,))
    page = read_page(render(denied_page(step)))

    assert "Not allowed" == page.one("h1").text
    assert "It got nothing" not in page.one("main").text
    assert OFFLINE_ACCESS.words == page.one("ul").text


def test_an_address_of_a_known_agent_is_said_to_be_one() -> None:
    """R29: in our words, beside the host, and still with the question who began."""
    page = shown_consent(
        a_client_introduction(
            name="Best Client", redirect_host="claude.ai", agent="Claude", vendor="Anthropic", is_agent=True
        )
    )

    assert "This is an address of Claude by Anthropic." == page.one("p", class_="known").text
    assert "known app" == page.one("span", class_="badge").text
    assert "Best Client" == page.one("bdi").text
    assert [] == page.all("p", class_="warning")
    assert "started this yourself" in page.one("p", class_="notice").text


def test_what_only_looks_like_an_agent_is_warned_of() -> None:
    """RFC 8252 §8.6: no green badge for what another program can pretend."""
    page = shown_consent(
        a_client_introduction(
            redirect_host="an app on this computer (cursor://)",
            runs_on_this_computer=True,
            agent="Cursor",
            vendor="Anysphere",
        )
    )

    assert "unverified app" == page.one("span", class_="badge").text
    assert [] == page.all("p", class_="known")
    warning = page.one("p", class_="warning").text
    assert "This app runs on this computer. It looks like Cursor, but any app on this computer can" in warning


@pytest.mark.parametrize(
    ("redirect_host", "words"),
    [
        ("pocket.example", "All that is certain is that pocket.example describes it and gets the answer."),
        ("evil.example", "pocket.example describes it, but the answer goes to another host."),
    ],
)
def test_the_host_of_the_document_is_named(redirect_host: str, words: str) -> None:
    """R15 and R29: who describes the app, and a warning where that is not who gets the answer."""
    page = shown_consent(a_client_introduction(redirect_host=redirect_host, verified_host="pocket.example"))

    assert "described by pocket.example" == page.one("span", class_="badge").text
    assert words in page.one("p", class_="warning").text


def test_what_changed_is_said_first() -> None:
    page = shown_consent(
        a_client_introduction(redirect_host="a.example", verified_host="a.example"), changes=("It called itself B.",)
    )

    first, second = page.all("p", class_="warning")
    assert "This app has changed since you last allowed it. It called itself B." in first.text
    assert "Nobody here checked this app." in second.text
