"""Redirect URIs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorward.oauth.redirect_uri import is_acceptable, matches, redirect_host, runs_on_this_computer

CLIENTS = [
    "https://claude.ai/api/mcp/auth_callback",
    "https://claude.com/api/mcp/auth_callback",
    "http://localhost/callback",
    "http://127.0.0.1:49152/callback",
    "http://[::1]:8000/callback",
    "https://chatgpt.com/connector_platform_oauth_redirect",
    "https://chatgpt.com/connector/oauth/abc123",
    "cursor://anysphere.cursor-mcp/oauth/callback",
    "https://www.cursor.com/agents/mcp/oauth/callback",
    "http://127.0.0.1:33418/",
    "https://vscode.dev/redirect",
    "http://127.0.0.1:6276/oauth/callback",
    "https://grok.com/connectors-oauth-exchange-code/",
    "com.example.app:/oauth2redirect",
]


@pytest.mark.parametrize("uri", CLIENTS)
def test_the_redirect_uris_of_real_clients_are_acceptable(uri: str) -> None:
    """Interop section 2, R10."""
    assert is_acceptable(uri)


@pytest.mark.parametrize(
    "uri",
    [
        "javascript:alert(1)",
        "JavaScript:alert(1)",
        "data:text/html,x",
        "vbscript:x",
        "file:///etc/passwd",
        "blob:https://a.com/x",
        "http://example.com/cb",
        "http://localhost.evil.example/cb",
        "http://127.0.0.1.evil.example/cb",
        "https://a.com/cb#fragment",
        "https://a.com/cb#",
        "https://user:pass@a.com/cb",
        "https:///cb",
        "https:cb",
        "/relative",
        "*",
        "",
        "https://a.com\\@evil.example/cb",
        "https://a.com/\ncb",
        "myapp:",
        "myapp://callback",
        "livescript:x",
        "ms-msdt:/x",
        "search-ms:q",
        "sms:123",
        "market://x",
        "moz-extension://x/y",
        "https:relative",
        "myapp://",
        "https://a.com/" + "x" * 2000,
    ],
)
def test_dangerous_or_ambiguous_ones_are_not(uri: str) -> None:
    """OAuth 2.1 §2.3.1, RFC 8252 §7, R10 (S02, S11, S50)."""
    assert not is_acceptable(uri)


@pytest.mark.parametrize(
    ("registered", "presented"),
    [
        ("https://a.com/cb", "https://a.com/cb"),
        ("http://localhost/callback", "http://localhost:49152/callback"),
        ("http://127.0.0.1:33418/", "http://127.0.0.1:50000/"),
        ("http://127.0.0.1/", "http://127.0.0.1:50000/"),
        ("http://[::1]:1/cb?x=1", "http://[::1]:2/cb?x=1"),
    ],
)
def test_the_same_characters_match_and_loopback_ports_are_free(registered: str, presented: str) -> None:
    """RFC 9700 §4.1.3, RFC 8252 §7.3, R11, R12."""
    assert matches(registered, presented)


@pytest.mark.parametrize(
    ("registered", "presented"),
    [
        ("https://a.com/cb", "https://a.com/cb/"),
        ("https://a.com/cb", "https://A.com/cb"),
        ("https://a.com/cb", "https://a.com:443/cb"),
        ("https://a.com/cb", "https://a.com/cb?x=1"),
        ("https://a.com/cb", "https://a.com/x/../cb"),
        ("https://a.com:1/cb", "https://a.com:2/cb"),
        ("http://localhost/cb", "http://127.0.0.1/cb"),
        ("http://127.0.0.1/cb", "http://127.0.0.2/cb"),
        ("http://127.0.0.1/cb", "http://127.0.0.1:1/cb/"),
        ("http://127.0.0.1/cb", "http://127.0.0.1:1/cb?x"),
        ("http://127.0.0.1/cb", "https://127.0.0.1:1/cb"),
        ("http://127.0.0.1/cb", "http://127.0.0.1:1@evil.example/cb"),
        ("cursor://a/cb", "cursor://a:1/cb"),
    ],
)
def test_anything_else_does_not_match(registered: str, presented: str) -> None:
    assert not matches(registered, presented)


@given(st.sampled_from(CLIENTS), st.text(min_size=1, max_size=20))
def test_nothing_appended_matches(registered: str, suffix: str) -> None:
    assert not matches(registered, registered + suffix)


def test_people_read_a_host_or_a_scheme() -> None:
    assert "a.com" == redirect_host("https://a.com:8443/cb")
    assert "cursor:" == redirect_host("cursor://anysphere.cursor-mcp/oauth/callback")
    assert runs_on_this_computer("cursor://anysphere.cursor-mcp/oauth/callback")
    assert runs_on_this_computer("http://localhost:1/cb")
    assert not runs_on_this_computer("https://a.com/cb")
