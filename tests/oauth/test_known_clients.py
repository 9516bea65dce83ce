"""The file of known clients: its schema, its pins, and what an operator's own file may say."""

import pytest

from doorward.oauth.known_clients import KNOWN_CLIENTS, KnownClientsError, read_known_clients
from doorward.oauth.pinned_documents import PinAlerts, differs_from_pin, pinned_document
from doorward.oauth.redirect_uri import is_acceptable

AGENT = """
format = 1
version = 2031-01-01
[[agents]]
id = "lantern"
vendor = "Lantern Works"
name = "Lantern"
about = "a program"
source = "https://lantern.example/docs"
seen = 2031-01-01
"""
CLAUDE = "https://claude.ai/oauth/mcp-oauth-client-metadata"


def test_the_file_names_every_agent_once_with_all_that_people_need() -> None:
    """Interop section 2."""
    ids = [agent.id for agent in KNOWN_CLIENTS.agents]

    assert {
        "claude", "claude-code", "chatgpt", "codex", "cursor", "vscode", "gemini-cli", "goose", "mcp-inspector",
        "mcp-remote", "zed", "opencode",
    } == set(ids)  # fmt: skip
    for agent in KNOWN_CLIENTS.agents:
        assert agent.repair, agent.id
        assert agent.source.startswith("https://")
        assert agent.seen <= KNOWN_CLIENTS.version


def test_every_exact_redirect_uri_is_one_that_may_register() -> None:
    for agent in KNOWN_CLIENTS.agents:
        for pattern in (*agent.addresses, *agent.relays, *agent.schemes, *agent.loopback):
            assert is_acceptable(str(pattern).replace("{id}", "x")), pattern


@pytest.mark.parametrize(
    ("text", "clause"),
    [
        ("format = 1\nversion = ", "not TOML"),
        ("version = 2031-01-01", "format must be 1"),
        ("format = 2\nversion = 2031-01-01", "format must be 1"),
        ("format = 1", "version"),
        ("format = 1\nversion = 2031-01-01\nsurprise = 1", "surprise"),
        (AGENT + "surprise = 1", "agents.1.surprise"),
        (AGENT + 'addresses = ["https://*.lantern.example/cb"]', "agents.1.addresses.1 must be an absolute URI"),
        (AGENT + 'addresses = ["http://localhost/cb"]', "must be https"),
        (AGENT + 'loopback = ["https://lantern.example/cb"]', "loopback"),
        (AGENT + 'schemes = ["https://lantern.example/cb"]', "scheme of the application's own"),
        (AGENT + "addresses = [7]", "must be text"),
        (AGENT + 'repair = ["<b>click</b>"]', "agents.1.repair.1"),
        (AGENT + 'addresses = ["https://claude.ai/api/mcp/auth_callback"]', "claude and lantern both claim"),
        (AGENT + 'addresses = ["https://chatgpt.com/connector/oauth/me"]', "chatgpt and lantern both claim"),
        (
            AGENT + '[[agents.documents]]\nurl = "https://lantern.example/client.json"\nsource = "x"\nseen = 2031-01-01'
            '\n[agents.documents.members]\nredirect_uris = ["https://evil.example/cb"]',
            "lantern pins https://evil.example/cb, which is none of its redirect URIs",
        ),
        (
            AGENT + '[[agents.documents]]\nurl = "https://lantern.example/{id}/client.json"\nsource = "x"\n'
            'seen = 2031-01-01\n[agents.documents.members]\ntoken_endpoint_auth_method = "none"',
            "nothing can be pinned to it",
        ),
        (AGENT.replace('"lantern"', '"LANTERN"'), "agents.1.id"),
        (AGENT + AGENT.partition("2031-01-01\n")[2], "lantern stands in it twice"),
        ('format = 1\nversion = 2031-01-01\nredirect_schemes = ["javascript:"]', "redirect_schemes.1"),
    ],
)  # fmt: skip
def test_a_wrong_file_is_refused_with_the_place(text: str, clause: str) -> None:
    with pytest.raises(KnownClientsError) as refused:
        read_known_clients(text, over=KNOWN_CLIENTS)
    assert clause in str(refused.value)
    assert "\n" not in str(refused.value)


def test_an_operators_file_adds_and_corrects() -> None:
    """R12: what it names takes the place of what was there, and the rest stays."""
    mine = (
        AGENT
        + 'addresses = ["https://lantern.example/cb"]\n'
        + AGENT.partition("2031-01-01\n")[2].replace("lantern", "cursor", 1)
    )
    known = read_known_clients(
        mine.replace("[[agents]]", 'redirect_schemes = ["lantern"]\n[[agents]]', 1), over=KNOWN_CLIENTS
    )

    assert len(KNOWN_CLIENTS.agents) + 1 == len(known.agents)
    assert "Lantern" == getattr(known.agent("cursor"), "name", None)
    assert {"lantern", "cursor"} < known.redirect_schemes
    assert KNOWN_CLIENTS.forget_and_connect == known.forget_and_connect


def test_an_id_that_can_be_a_scheme_of_scripts_cannot_be_added() -> None:
    """The schemes of a file are still checked by the rules for redirect URIs."""
    known = read_known_clients('format = 1\nversion = 2031-01-01\nredirect_schemes = ["lantern"]', over=KNOWN_CLIENTS)

    assert is_acceptable("lantern://open/cb", known.redirect_schemes)
    assert not is_acceptable("lantern://open/cb")
    for scheme in ("javascript", "data", "file", "http", "https", "vbscript", "blob"):
        with pytest.raises(KnownClientsError):
            read_known_clients(f'format = 1\nversion = 2031-01-01\nredirect_schemes = ["{scheme}"]')


def test_a_pinned_document_says_what_was_pinned_and_nothing_else() -> None:
    """R15: it stands in while the real one cannot be fetched."""
    assert {
        "client_id": CLAUDE,
        "client_name": "Claude",
        "redirect_uris": ["https://claude.ai/api/mcp/auth_callback"],
        "token_endpoint_auth_method": "none",
    } == pinned_document(CLAUDE)


@pytest.mark.parametrize(
    "url",
    [
        "https://vscode.dev/oauth/client-metadata.json",
        "https://chatgpt.com/oauth/a/client.json",
        CLAUDE + "?x",
        "https://evil.example/client.json",
        "",
    ],
)
def test_what_is_not_known_well_enough_is_not_pinned(url: str) -> None:
    assert pinned_document(url) is None


def test_a_document_that_is_as_it_was_pinned_does_not_differ() -> None:
    url = "https://claude.ai/oauth/claude-code-client-metadata"
    live = {
        "client_id": url,
        "client_name": "Another name",
        "redirect_uris": ["http://127.0.0.1/callback", "http://localhost/callback"],
        "token_endpoint_auth_method": "none",
        "grant_types": ["x"],
    }

    assert () == differs_from_pin(url, live)
    assert () == differs_from_pin("https://evil.example/client.json", live)


@pytest.mark.parametrize(
    ("changes", "names"),
    [
        ({"redirect_uris": ["https://claude.ai/api/mcp/auth_callback", "https://evil.example/cb"]}, ("redirect_uris",)),
        ({"redirect_uris": []}, ("redirect_uris",)),
        ({"redirect_uris": "https://claude.ai/api/mcp/auth_callback"}, ("redirect_uris",)),
        ({"redirect_uris": [1, {"x": []}, None]}, ("redirect_uris",)),
        ({"token_endpoint_auth_method": None}, ("token_endpoint_auth_method",)),
        ({"redirect_uris": None, "token_endpoint_auth_method": []}, ("redirect_uris", "token_endpoint_auth_method")),
    ],
)
def test_what_differs_is_named(changes: dict[str, object], names: tuple[str, ...]) -> None:
    """Whatever a host sends: names only, so that no value of a stranger gets into a log."""
    assert names == differs_from_pin(CLAUDE, {**(pinned_document(CLAUDE) or {}), **changes})


def test_a_change_is_told_once() -> None:
    """And another change again."""
    alerts, same = PinAlerts(), pinned_document(CLAUDE) or {}
    changed, more = {**same, "redirect_uris": []}, {**same, "redirect_uris": ["https://claude.ai/other"]}

    told = [alerts.news(CLAUDE, document) for document in (same, changed, changed, same, changed, more, more)]
    assert [(), ("redirect_uris",), (), (), (), ("redirect_uris",), ()] == told


def test_repair_steps_are_those_of_the_client_that_asks() -> None:
    """R2."""
    steps = KNOWN_CLIENTS.repair_steps
    (cursor,) = steps(client_id="gone", redirect_uri="cursor://anysphere.cursor-mcp/oauth/callback")
    assert cursor.startswith("Cursor: ")
    (code,) = steps(client_id="https://claude.ai/oauth/claude-code-client-metadata", redirect_uri=None)
    assert code.startswith("Claude Code: run /mcp")
    several = steps(client_id="gone", redirect_uri="http://localhost:4000/oauth/callback")
    assert {"Gemini CLI", "mcp-remote"} == {step.partition(":")[0] for step in several}
    for unknown in (None, "https://evil.example/cb", "http://localhost:1/other", "<b>"):
        assert KNOWN_CLIENTS.forget_and_connect == steps(client_id="gone", redirect_uri=unknown)
