"""URIs taken apart."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorward.kit import urls


@pytest.mark.parametrize(
    ("text", "host", "port", "path"),
    [
        ("https://example.com", "example.com", None, ""),
        ("https://Example.com:8443/a?b=c", "Example.com", 8443, "/a"),
        ("http://[::1]:80/x", "[::1]", 80, "/x"),
        ("cursor://anysphere.cursor-mcp/oauth/callback", "anysphere.cursor-mcp", None, "/oauth/callback"),
        ("com.example.app:/callback", None, None, "/callback"),
    ],
)
def test_parts_are_kept_as_written(text: str, host: str | None, port: int | None, path: str) -> None:
    uri = urls.parse(text)

    assert uri is not None
    assert (host, port, path) == (uri.host, uri.port, uri.path)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "example.com",
        "//example.com",
        "https://user@example.com/",
        "https://a.com\\@evil.example/cb",
        "https://a.com/ b",
        " https://a.com",
        "https://a.com\n",
        "https://a。com",
        "https://a.com:99999/",
        "https://a.com:8a/",
        "https://[::1/",
        "https://[1.2.3.4]/",
        "https://a.com/%zz",
        "https://a.com/<x>",
    ],
)
def test_what_two_parsers_could_read_differently_is_refused(text: str) -> None:
    assert urls.parse(text) is None


@pytest.mark.parametrize(
    ("host", "is_loopback"),
    [
        ("localhost", True),
        ("LOCALHOST", True),
        ("127.0.0.1", True),
        ("127.255.0.9", True),
        ("[::1]", True),
        ("127.1", False),
        ("localhost.evil.example", False),
        ("0.0.0.0", False),  # noqa: S104 - a host to refuse
        ("[::ffff:127.0.0.1]", False),
        ("10.0.0.1", False),
    ],
)
def test_loopback_hosts(host: str, is_loopback: bool) -> None:
    """RFC 8252 §7.3, §8.3."""
    assert is_loopback == urls.is_loopback_host(host)


@given(st.text(max_size=80))
def test_no_text_makes_the_parser_fail(text: str) -> None:
    uri = urls.parse(text)

    assert uri is None or text.lower().startswith(uri.scheme)
