"""Who is behind a client: every known one is recognised, and nobody else is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorward.oauth.agents import candidates, client_id_host, identify
from doorward.oauth.known_clients import KNOWN_CLIENTS
from doorward.oauth.redirect_uri import is_acceptable

CURSOR = (
    "cursor://anysphere.cursor-mcp/oauth/callback",
    "https://www.cursor.com/agents/mcp/oauth/callback",
    "http://localhost:8787/callback",
)
VSCODE = (
    "https://insiders.vscode.dev/redirect",
    "https://vscode.dev/redirect",
    "http://127.0.0.1/",
    "http://127.0.0.1:33418/",
)
DCR = "dwp_x"
# Each row of the table of clients: its id, what it registers as, what it registers, where it wants its answer.
CERTAIN = [
    ("claude", DCR, ("https://claude.ai/api/mcp/auth_callback",), 0),
    ("claude", DCR, ("https://claude.com/api/mcp/auth_callback",), 0),
    (
        "claude",
        "https://claude.ai/oauth/mcp-oauth-client-metadata",
        ("https://claude.ai/api/mcp/auth_callback",),
        0,
    ),
    ("chatgpt", DCR, ("https://chatgpt.com/connector_platform_oauth_redirect",), 0),
    ("chatgpt", DCR, ("https://chatgpt.com/connector/oauth/a1B2",), 0),
    (
        "chatgpt",
        "https://chatgpt.com/oauth/client.json",
        ("https://chatgpt.com/connector_platform_oauth_redirect",),
        0,
    ),
    ("chatgpt", "https://chatgpt.com/oauth/a1B2/client.json", ("https://chatgpt.com/connector/oauth/a1B2",), 0),
    ("cursor", DCR, CURSOR, 1),
]
LIKELY = [
    ("claude-code", "https://claude.ai/oauth/claude-code-client-metadata", ("http://localhost:1/callback",), 0),
    ("codex", "https://chatgpt.com/oauth/codex/client.json", ("http://127.0.0.1:1455/callback/Zm9v",), 0),
    ("cursor", DCR, CURSOR, 0),
    ("cursor", DCR, CURSOR, 2),
    ("vscode", DCR, VSCODE, 0),
    ("vscode", DCR, VSCODE, 1),
    ("vscode", DCR, VSCODE, 3),
    ("vscode", "https://vscode.dev/oauth/client-metadata.json", VSCODE, 1),
    ("gemini-cli", DCR, ("https://antigravity.google/oauth-callback",), 0),
    ("goose", "https://goose-docs.ai/oauth/client-metadata.json", ("http://127.0.0.1:9/oauth_callback",), 0),
    ("zed", "https://zed.dev/oauth/client-metadata.json", ("http://127.0.0.1:9/callback",), 0),
    ("opencode", "https://opencode.ai/oauth/opencode/client.json", ("http://127.0.0.1:9/callback",), 0),
]
ONLY_LISTENING = [
    ("claude-code", "http://localhost:50123/callback"),
    ("claude-code", "http://127.0.0.1:50123/callback"),
    ("gemini-cli", "http://localhost:7777/oauth/callback"),
    ("codex", "http://127.0.0.1:1455/callback/Zm9vYmFyYmF6"),
    ("codex", "http://127.0.0.1:1455/callback"),
    ("goose", "http://127.0.0.1:4000/oauth_callback"),
    ("mcp-inspector", "http://localhost:6274/oauth/callback"),
    ("mcp-inspector", "http://127.0.0.1:6276/oauth/callback"),
    ("mcp-remote", "http://localhost:3335/oauth/callback"),
    ("zed", "http://127.0.0.1:4000/callback"),
    ("opencode", "http://127.0.0.1:4000/callback"),
    ("vscode", "http://127.0.0.1:33418/"),
]
STRANGERS = (
    "https://evil.example/cb",
    "https://claude.ai.evil.example/api/mcp/auth_callback",
    "https://claude.ai/api/mcp/auth_callback/",
    "https://chatgpt.com/connector/oauth/a/../../evil",
    "https://chatgpt.com/other",
    "https://vscode.dev/redirect?to=evil",
    "evil.app:/cb",
    "cursor://evil/oauth/callback",
    "https://www.cursor.com/agents/mcp/oauth/callback2",
)


def who(client_id: str, redirect_uris, redirect_uri: str) -> tuple[str, bool] | None:
    found = identify(KNOWN_CLIENTS.agents, client_id=client_id, redirect_uris=redirect_uris, redirect_uri=redirect_uri)
    return found and (found.agent.id, found.is_certain)


@pytest.mark.parametrize(("agent", "client_id", "redirect_uris", "used"), CERTAIN)
def test_an_answer_to_the_vendors_own_address_is_the_agents(agent, client_id, redirect_uris, used) -> None:
    """R3 and R27: one identity, however it registers."""
    assert (agent, True) == who(client_id, redirect_uris, redirect_uris[used])


@pytest.mark.parametrize(("agent", "client_id", "redirect_uris", "used"), LIKELY)
def test_an_answer_to_the_persons_computer_is_never_certain(agent, client_id, redirect_uris, used) -> None:
    """RFC 8252 §8.6: a document, a scheme or a relay says who it looks like; another program can pretend."""
    assert (agent, False) == who(client_id, redirect_uris, redirect_uris[used])


@pytest.mark.parametrize(("agent", "redirect_uri"), ONLY_LISTENING)
def test_a_loopback_address_alone_proves_nothing_but_tells_whom_to_help(agent, redirect_uri) -> None:
    """T14: any program registers it. For repair steps it is enough."""
    assert who(DCR, (redirect_uri,), redirect_uri) is None
    assert agent in [found.id for found in candidates(KNOWN_CLIENTS.agents, client_id=DCR, redirect_uri=redirect_uri)]


@pytest.mark.parametrize(("agent", "client_id", "redirect_uris", "used"), CERTAIN + LIKELY)
@pytest.mark.parametrize("stranger", STRANGERS)
def test_one_foreign_redirect_uri_takes_the_identity_away(agent, client_id, redirect_uris, used, stranger) -> None:
    """A client that could also be answered elsewhere is nobody's, wherever this answer is to go."""
    mixed = (*redirect_uris, stranger)

    assert who(client_id, mixed, redirect_uris[used]) is None
    assert who(client_id, mixed, stranger) is None
    assert who(client_id, redirect_uris, stranger) is None
    assert who(client_id, (stranger,), stranger) is None


@given(st.lists(st.sampled_from([uri for _, _, uris, _ in CERTAIN + LIKELY for uri in uris]), min_size=1), st.data())
def test_two_agents_redirect_uris_make_no_third_identity(uris: list[str], data: st.DataObject) -> None:
    """An identity needs every address that is not on the computer to be that one agent's."""
    used = data.draw(st.sampled_from(uris))
    found = identify(KNOWN_CLIENTS.agents, client_id=DCR, redirect_uris=uris, redirect_uri=used)

    if found is not None:
        assert all(found.agent.owns(uri) for uri in uris if not uri.startswith("http://"))
        assert found.agent.owns(used) or found.agent.listens_at(used)
        assert not found.is_certain or used.startswith("https://")


@given(st.text(max_size=80))
def test_no_text_is_an_agent_by_accident(text: str) -> None:
    assert who(DCR, (text,), text) is None or is_acceptable(text)


@pytest.mark.parametrize(
    "client_id",
    [
        "https://evil.example/oauth/mcp-oauth-client-metadata",
        "https://claude.ai.evil.example/oauth/mcp-oauth-client-metadata",
        "https://claude.ai/oauth/another-document",
        "https://claude.ai/oauth/mcp-oauth-client-metadata?x",
        "https://claude.ai/oauth/mcp-oauth-client-metadata#x",
        "https://chatgpt.com/oauth/a/b/client.json",
    ],
)
def test_a_foreign_document_with_a_known_redirect_uri_is_nobody(client_id: str) -> None:
    """What the id says and what the redirect URI says must agree."""
    assert (
        who(client_id, ("https://claude.ai/api/mcp/auth_callback",), "https://claude.ai/api/mcp/auth_callback") is None
    )


def test_the_document_of_one_agent_with_the_redirect_uri_of_another_is_nobody() -> None:
    uri = "https://chatgpt.com/connector_platform_oauth_redirect"

    assert who("https://claude.ai/oauth/mcp-oauth-client-metadata", (uri,), uri) is None


def test_a_port_that_another_program_listens_on_is_not_cursors() -> None:
    """With Cursor's redirect URIs around it; the pattern names the port."""
    evil = "http://localhost:9999/callback"

    assert who(DCR, (*CURSOR, evil), evil) is None


@pytest.mark.parametrize(
    ("client_id", "host"),
    [
        ("https://Claude.ai/oauth/x", "claude.ai"),
        ("https://localhost:8443/x", "localhost"),
        ("https://claude.ai", None),
        ("https://claude.ai/", None),
        ("http://claude.ai/x", None),
        ("https://a@claude.ai/x", None),
        ("dwp_x", None),
        ("claude.ai/x", None),
    ],
)
def test_the_host_of_a_client_id_is_that_of_its_document(client_id: str, host: str | None) -> None:
    assert host == client_id_host(client_id)
