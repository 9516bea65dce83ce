"""The small language of redirect URI patterns."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorward.oauth.uri_pattern import MalformedPattern, UriPattern

CONNECTOR = UriPattern.parse("https://chatgpt.com/connector/oauth/{id}")


@pytest.mark.parametrize(
    ("pattern", "uri"),
    [
        ("https://claude.ai/api/mcp/auth_callback", "https://claude.ai/api/mcp/auth_callback"),
        ("https://chatgpt.com/connector/oauth/{id}", "https://chatgpt.com/connector/oauth/aB3_-9"),
        ("http://localhost/callback", "http://localhost:49152/callback"),
        ("http://localhost/callback", "http://localhost/callback"),
        ("http://127.0.0.1/", "http://127.0.0.1:33418/"),
        ("http://[::1]/cb", "http://[::1]:7/cb"),
        ("http://localhost:8787/callback", "http://localhost:8787/callback"),
        ("http://127.0.0.1/callback/{id}", "http://127.0.0.1:1455/callback/Zm9v"),
        ("cursor://anysphere.cursor-mcp/oauth/{id}/callback", "cursor://anysphere.cursor-mcp/oauth/user-x/callback"),
        ("com.example.app:/callback", "com.example.app:/callback"),
    ],
)
def test_a_pattern_matches_what_is_meant(pattern: str, uri: str) -> None:
    assert UriPattern.parse(pattern).matches(uri)


@pytest.mark.parametrize(
    "uri",
    [
        "https://chatgpt.com/connector/oauth/",
        "https://chatgpt.com/connector/oauth/a/b",
        "https://chatgpt.com/connector/oauth/..",
        "https://chatgpt.com/connector/oauth/%2e%2e",
        "https://chatgpt.com/connector/oauth/a?next=https://evil.example",
        "https://chatgpt.com/connector/oauth/a#x",
        "https://chatgpt.com/connector/oauth/a\n",
        "https://chatgpt.com/connector/oauth/a.json",
        "https://chatgpt.com/connector/oauth/" + "a" * 129,
        "https://chatgpt.com:443/connector/oauth/a",
        "https://chatgpt.com./connector/oauth/a",
        "https://CHATGPT.com/connector/oauth/a",
        "HTTPS://chatgpt.com/connector/oauth/a",
        "http://chatgpt.com/connector/oauth/a",
        "https://chatgpt.com.evil.example/connector/oauth/a",
        "https://evil.example/https://chatgpt.com/connector/oauth/a",
        "https://evil.example\\@chatgpt.com/connector/oauth/a",
        "https://evil@chatgpt.com/connector/oauth/a",
        "https://chatgpt.com/connector//oauth/a",
        "https://chatgpt.com/connector/oauth/{id}",
        "https://chatgpt.com/connector/oauth/é",
        "",
        "{id}",
    ],
)
def test_nothing_else_matches(uri: str) -> None:
    """No dot, escape, query, port, other spelling or longer path: what does not match stays a stranger's."""
    assert not CONNECTOR.matches(uri)


@pytest.mark.parametrize(
    "uri",
    [
        "http://localhost.evil.example:80/callback",
        "http://localhost:99999/callback",
        "http://localhost:x/callback",
        "http://localhost:/callback",
        "http://127.0.0.1:80/callback",
        "http://localhost:80/callback/",
        "http://localhost:80@evil.example/callback",
        "https://localhost:80/callback",
    ],
)
def test_only_the_port_of_a_loopback_host_is_free(uri: str) -> None:
    """RFC 8252 §7.3."""
    assert not UriPattern.parse("http://localhost/callback").matches(uri)
    assert not UriPattern.parse("http://localhost:8787/callback").matches("http://localhost:8788/callback")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "claude.ai/callback",
        "https://claude.ai",
        "https:///callback",
        "https://{id}.claude.ai/callback",
        "https://{id}/callback",
        "{id}://claude.ai/callback",
        "https://claude.ai/call{id}",
        "https://claude.ai/{id}{id}",
        "https://claude.ai/{name}",
        "https://claude.ai/*",
        "https://claude.ai/cb?x=1",
        "https://claude.ai/cb#x",
        "https://claude.ai:443/cb",
        "https://Claude.ai/cb",
        "https://claude.ai/../cb",
        "https://user@claude.ai/cb",
        "http://claude.ai/cb",
        "cursor:",
        "cursor://",
        "https://claude.ai/" + "a" * 500,
    ],
)
def test_a_pattern_that_could_mean_too_much_is_refused(text: str) -> None:
    with pytest.raises(MalformedPattern):
        UriPattern.parse(text)


def test_a_long_text_costs_no_more_than_its_length() -> None:
    """Nothing is tried twice, whatever is sent."""
    hostile = "https://chatgpt.com/" + "/connector/oauth/a" * 20_000
    started = time.perf_counter()

    assert not CONNECTOR.matches(hostile)
    assert time.perf_counter() - started < 1


@given(st.text(max_size=60))
def test_what_stands_for_an_id_never_holds_a_separator(text: str) -> None:
    if CONNECTOR.matches("https://chatgpt.com/connector/oauth/" + text):
        assert all(character.isalnum() or character in "_-" for character in text)
        assert text.isascii()


def test_overlapping_patterns_are_told() -> None:
    assert CONNECTOR.overlaps(UriPattern.parse("https://chatgpt.com/connector/oauth/x"))
    assert not CONNECTOR.overlaps(UriPattern.parse("https://chatgpt.com/connector/oauth/x/y"))
    assert not CONNECTOR.overlaps(UriPattern.parse("https://claude.ai/connector/oauth/{id}"))
