"""The account: who you are, and what is connected."""

from dataclasses import replace

import pytest

from doorward.oauth.policy import OFFLINE_ACCESS, ScopeToken
from doorward.oauth.scope import Scope
from doorward.operations.list_connections import list_connections
from tests.builders import AN_EMAIL, NOW, given_a_user, given_an_authorization


def test_whoever_is_not_signed_in_is_sent_to_sign_in(visitor) -> None:
    """303, and the page tells nothing."""
    assert (303, "/sign-in") == ((answer := visitor.get("/account")).status, answer.location)
    assert (303, "/account") == ((answer := visitor.get("/")).status, answer.location)


def test_an_empty_account_tells_how_to_connect(at_home) -> None:
    """The address to copy is the one clients need (R7)."""
    page = at_home.get("/account").page

    assert AN_EMAIL in page.one("main").text
    assert "Nothing is connected yet" in page.one("main").text
    assert "http://localhost:8000/http" == page.one("code", class_="copy").text


def test_what_cannot_reach_this_computer_is_not_told_how_to_connect(at_home, visit, web, user) -> None:
    """On localhost, what runs in a vendor's cloud is named with what it needs; elsewhere it comes first."""
    here = at_home.get("/account").page.one("main")
    policy = web.server.policy
    resource = replace(policy.default_resource, identifier="https://mcp.example.com/http")
    visitor = visit(server=replace(web.server, policy=replace(policy, resources=(resource,))))
    visitor.sign_in()
    public = visitor.get("/account").page.one("main")

    assert ["Claude Code", "Cursor", "VS Code"] == _apps(here)
    assert ["Claude", "ChatGPT", "Claude Code", "Cursor", "VS Code"] == _apps(public)
    assert "ChatGPT cannot reach this server" in here.one("p", id="cloud").text
    assert [] == public.all("p", id="cloud")
    assert all("http://localhost:8000/http" in code.text for code in here.all("code", class_="command"))


def _apps(main) -> list[str]:
    return [item.all("strong")[0].text for item in main.one("ul", class_="apps").all("li")]


@pytest.fixture
def with_two_servers(visit, web, user):
    """The account at a server whose own MCP server was renamed, beside another one."""
    policy = web.server.policy
    scopes = (ScopeToken("b", "Do b"), ScopeToken("a", "Do a"))
    first = replace(policy.default_resource, name="Renamed", scopes=scopes)
    second = replace(first, name="Wiki", identifier="http://localhost:8000/wiki")
    visitor = visit(server=replace(web.server, policy=replace(policy, resources=(first, second))))
    visitor.sign_in()
    return visitor


def test_every_mcp_server_is_listed_by_the_name_it_has_now(with_two_servers) -> None:
    main = with_two_servers.get("/account").page.one("main")

    assert ["Renamed", "Wiki"] == [label.text for label in main.all("p", class_="label")]
    addresses = ["http://localhost:8000/http", "http://localhost:8000/wiki"]
    assert addresses == [code.text for code in main.all("code", class_="copy")]


def test_scopes_come_in_the_order_of_the_resource(with_two_servers, user, database) -> None:
    """As on the consent page; what the resource no longer knows is last, by its name."""
    scope = Scope(("gone", "offline_access", "a", "b"))
    given_an_authorization(database, user, scope=scope, resource="http://localhost:8000/http")
    (entry,) = with_two_servers.get("/account").page.one("ul", class_="connections").all("li")

    assert f"Do b · Do a · {OFFLINE_ACCESS.words} · gone" in entry.text


def test_a_connection_says_who_what_and_since_when(at_home, user, database) -> None:
    """R3 and ASVS 10.7.3: name, standing, host, scopes in words, since when, last used."""
    given_an_authorization(database, user, client_name="<b>Agent</b>", client_id="gone")
    (entry,) = at_home.get("/account").page.one("ul", class_="connections").all("li")

    assert "<b>Agent</b>" == entry.one("bdi").text
    assert "unverified app" == entry.one("span", class_="badge").text
    assert "client.example" in entry.text
    assert "mcp" not in entry.text.split()
    assert [NOW.isoformat(), NOW.isoformat()] == [time.attributes["datetime"] for time in entry.all("time")]


def test_what_one_agent_has_is_one_entry_however_often_it_registered(at_home, user, database) -> None:
    """R3: by agent, with the last use of them all; the name it gives itself is beside each."""
    claude = "https://claude.ai/api/mcp/auth_callback"
    for number in range(3):
        given_an_authorization(
            database,
            user,
            agent="claude",
            redirect_uri=claude,
            client_name="Evil" * number or "Claude",
            client_id=f"c{number}",
        )
    for port in (1, 2):
        given_an_authorization(database, user, client_name="Tool", redirect_uri=f"http://localhost:{port}/cb")
    entries = at_home.get("/account").page.one("ul", class_="connections").all("li")

    assert ["Claude", "Tool"] == sorted(entry.one("h3").text for entry in entries)
    (one,) = [entry for entry in entries if entry.one("h3").text == "Claude"]
    assert "known app" == one.one("span", class_="badge").text
    assert "3 connections, last used" in one.text
    assert 3 == len(one.all("form", action="/account/disconnect"))
    assert "calls itself EvilEvil" in one.text


def test_an_agent_on_the_computer_is_no_known_app(at_home, user, database) -> None:
    """What another program can pretend gets no green badge."""
    uri = "cursor://anysphere.cursor-mcp/oauth/callback"
    given_an_authorization(database, user, agent="cursor", redirect_uri=uri)
    (entry,) = at_home.get("/account").page.one("ul", class_="connections").all("li")

    assert "Cursor" == entry.one("h3").text
    assert "unverified app" == entry.one("span", class_="badge").text


def test_disconnecting_ends_the_connection(at_home, user, database) -> None:
    """ASVS 10.4.9: one form for each, and a word that it worked."""
    kept, ended = given_an_authorization(database, user), given_an_authorization(database, user, client_name="Other")
    forms = at_home.get("/account").page.all("form", action="/account/disconnect")
    (form,) = [form for form in forms if form.fields["connection"] == ended.public_id]
    answer = at_home.post("/account/disconnect", form.fields)

    assert 303 == answer.status
    assert [kept.public_id] == [c.public_id for c in list_connections(database, user_id=user.id, now=NOW)]
    assert "Disconnected" in at_home.get(answer.location).page.one("p", role="status").text
    assert 404 == at_home.post("/account/disconnect", form.fields).status


@pytest.mark.parametrize("token", ["", "x", "é", "other"])
def test_a_form_without_its_token_ends_nothing(at_home, user, database, token: str) -> None:
    """ASVS 3.5.1: the token of another form is no token."""
    connection = given_an_authorization(database, user)
    if token == "other":
        token = at_home.get("/account").page.one("form", action="/sign-out").fields["form_token"]
    answer = at_home.post("/account/disconnect", {"connection": connection.public_id, "form_token": token})

    assert (403, "This form has expired") == (answer.status, answer.title)
    assert 1 == len(list_connections(database, user_id=user.id, now=NOW))


@pytest.mark.parametrize("headers", [{"Origin": "null"}, {"Origin": "https://evil.example"}])
def test_no_other_site_ends_a_connection(at_home, user, database, headers: dict[str, str]) -> None:
    """Even with the right token."""
    given_an_authorization(database, user)
    form = at_home.get("/account").page.one("form", action="/account/disconnect")

    assert 403 == at_home.post("/account/disconnect", form.fields, **headers).status
    assert 1 == len(list_connections(database, user_id=user.id, now=NOW))


def test_nobody_ends_what_is_not_theirs(at_home, visit, user, database) -> None:
    """The token is bound to the session, and the connection to its owner."""
    given_an_authorization(database, user)
    form = at_home.get("/account").page.one("form", action="/account/disconnect")
    given_a_user(database, email="eve@example.org")
    eve = visit()
    eve.sign_in(email="eve@example.org")

    assert 403 == eve.post("/account/disconnect", form.fields).status
    assert 1 == len(list_connections(database, user_id=user.id, now=NOW))


def test_signing_out_ends_the_session(at_home, visit) -> None:
    """The cookie goes, and a copy of it is worthless."""
    thief = visit()
    thief.cookies = dict(at_home.cookies)
    answer = at_home.submit(at_home.get("/account"), "/sign-out")

    assert (303, "/sign-in") == (answer.status, answer.location)
    assert {} == at_home.cookies
    assert "/sign-in" == thief.get("/account").location


def test_signing_out_needs_our_own_form(at_home) -> None:
    """A forced sign-out is a nuisance, too."""
    assert 403 == at_home.post("/sign-out", {}).status
    assert 403 == at_home.post("/sign-out", {}, Origin="https://evil.example").status
    assert "Your account" == at_home.get("/account").title


@pytest.mark.parametrize("cookie", ["x", "dwn_", "dwn_" + "x" * 43, "dwb_" + "x" * 43, '"', "dwn_\x7f"])
def test_a_cookie_that_is_none_is_nobody(visitor, cookie: str) -> None:
    """A session token of another kind is no browser session (T6)."""
    visitor.cookies["doorward"] = cookie

    assert "/sign-in" == visitor.get("/account").location
