"""The dashboard on another origin than the MCP server, as a browser sees it (architecture.md T9, T10)."""

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

import httpx2
import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.client import Client, listening_client
from tests.browser.people import connect, open_consent, post_from, sign_in
from tests.browser.running_server import running_server
from tests.flows.server_process import free_port


@dataclass(frozen=True)
class TwoOrigins:
    """Two names of one listener; to a browser they are two sites."""

    mcp: str
    dashboard: str


@pytest.fixture(scope="module")
def origins(tmp_path_factory) -> Iterator[TwoOrigins]:
    port = free_port()
    found = TwoOrigins(f"http://127.0.0.1:{port}", f"http://localhost:{port}")
    data_dir = tmp_path_factory.mktemp("origins") / "data"
    with running_server(data_dir, port=port, mcp_base_url=found.mcp, dashboard_url=found.dashboard) as server:
        server.create_user()
        yield found


@pytest.fixture
def client(origins: TwoOrigins) -> Iterator[Client]:
    """A client that knows no metadata, and asks for everything on the MCP host."""
    with listening_client(origins.mcp) as client:
        yield client


def origin_of(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def cookies_at(context: BrowserContext, url: str) -> list[str]:
    return [cookie.get("name", "") for cookie in context.cookies(url)]


def test_the_whole_way_leads_over_the_dashboard(page: Page, client: Client, origins: TwoOrigins, complaints) -> None:
    """Started on the MCP host, decided at the dashboard, answered with the MCP host as `iss`."""
    visited: list[str] = []
    page.on("framenavigated", lambda frame: visited.append(origin_of(frame.url)))
    answer = connect(page, client)
    token = client.exchange(answer["code"])

    assert (client.state, origins.mcp) == (answer["state"], answer["iss"])
    assert 200 == token.status_code
    assert {origins.dashboard, origin_of(client.redirect_uri)} == set(visited)
    assert [] == complaints


def test_the_session_is_the_dashboards_alone(page: Page, client: Client, origins: TwoOrigins) -> None:
    """T10: and the MCP host sees no cookie, though it listens on the same port."""
    open_consent(page, client)
    sent: list[dict[str, str]] = []
    page.on("request", lambda request: sent.append({"url": request.url, **request.all_headers()}))
    page.goto(f"{origins.mcp}/account?x=%2f")

    assert f"{origins.dashboard}/account?x=%2f" == page.url
    expect(page.get_by_role("heading", level=1)).to_have_text("Your account")
    assert ["doorward"] == cookies_at(page.context, origins.dashboard)
    assert [] == cookies_at(page.context, origins.mcp)
    first = next(request for request in sent if request["url"].startswith(origins.mcp))
    assert "cookie" not in first


def test_a_person_who_is_signed_in_is_asked_at_once_from_either_address(
    page: Page, client: Client, origins: TwoOrigins
) -> None:
    """The redirect keeps the request as it is."""
    open_consent(page, client)
    elsewhere = client.authorization_url().replace("/oauth/authorize", "/authorize")
    for address in (client.authorization_url(), elsewhere):
        page.goto(address)
        expect(page.get_by_role("heading", level=1)).to_have_text("An app wants to connect")
        assert origins.dashboard + "/oauth/authorize?" + urlsplit(address).query == page.url


def test_a_posted_request_finds_the_session(page: Page, client: Client, origins: TwoOrigins) -> None:
    """Another site posts the request to the MCP host, and the person decides at the dashboard."""
    open_consent(page, client)
    page.goto(f"{client.redirect_uri}?a=page")
    query = urlsplit(client.authorization_url()).query
    with page.expect_navigation():
        post_from(page, f"{origins.mcp}/oauth/authorize", dict(parse_qsl(query)))
    expect(page.get_by_role("heading", level=1)).to_have_text("An app wants to connect")
    page.get_by_role("button", name="Allow").click()
    page.wait_for_url(f"{client.redirect_uri}?code=*")

    assert 200 == client.exchange(client.arrived[-1]["code"]).status_code


def test_a_page_of_the_mcp_host_cannot_send_the_dashboards_forms(
    page: Page, client: Client, origins: TwoOrigins
) -> None:
    """N7: what runs on the MCP host is a stranger to the dashboard."""
    open_consent(page, client)
    sealed = page.locator("form[action='/oauth/consent'] input[name=interaction]").input_value()
    page.route(f"{origins.mcp}/evil", lambda route: route.fulfill(content_type="text/html", body="<title>x</title>"))
    page.goto(f"{origins.mcp}/evil")
    with page.expect_navigation() as navigation:
        post_from(page, f"{origins.dashboard}/oauth/consent", {"interaction": sealed, "decision": "approve"})

    assert navigation.value is not None
    assert 403 == navigation.value.status


def test_disconnecting_at_the_dashboard_ends_the_token(page: Page, client: Client, origins: TwoOrigins) -> None:
    """ASVS 10.4.9."""
    token = client.exchange(connect(page, client)["code"]).json()
    page.goto(origins.mcp)
    assert f"{origins.dashboard}/account" == page.url
    page.get_by_role("button", name="Disconnect").first.click()
    expect(page.get_by_role("status")).to_contain_text("Disconnected")

    refresh = {"grant_type": "refresh_token", "refresh_token": token["refresh_token"], "client_id": client.client_id}
    assert 400 == httpx2.post(f"{origins.mcp}/api/oauth/token", data=refresh).status_code


def test_signing_out_at_the_dashboard_asks_for_the_password_again(page: Page, client: Client) -> None:
    open_consent(page, client)
    page.goto(f"{client.server}/account")
    page.get_by_role("button", name="Sign out").click()
    page.goto(client.authorization_url())
    sign_in(page)

    expect(page.get_by_role("heading", level=1)).to_have_text("An app wants to connect")
