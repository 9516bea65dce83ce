"""Which addresses may be fetched at all."""

import pytest

from doorward.kit.fetch_target import MAX_LENGTH, read_fetch_target

GOOD = (
    "https://app.example/client.json",
    "https://app.example/oauth/",
    "https://sub.app-1.example/a/b.c/d",
    "https://app.example/client?v=1",
    "https://app.example/a%20b%2Fc",
    "https://app.example/.well-known/client",
    "https://app.example/a..b/...",
    "https://xn--caf-dma.example/client",
    "https://1.app.example/client",
)
BAD = {
    "another scheme": "http://app.example/client",
    "a scheme in capitals": "HTTPS://app.example/client",
    "no host": "https:///client",
    "one label": "https://intranet/client",
    "no path": "https://app.example",
    "only the root": "https://app.example/",
    "the root and a query": "https://app.example/?a",
    "a query without a path": "https://app.example?a",
    "a fragment": "https://app.example/client#x",
    "an empty fragment": "https://app.example/client#",
    "a name": "https://user@app.example/client",
    "a name and a password": "https://user:word@app.example/client",
    "an empty name": "https://@app.example/client",
    "a dot segment": "https://app.example/a/./client",
    "a double-dot segment": "https://app.example/a/../client",
    "a last dot segment": "https://app.example/a/..",
    "an escaped dot segment": "https://app.example/a/%2e%2e/client",
    "a half escaped dot segment": "https://app.example/a/.%2E/client",
    "an escape in lower case": "https://app.example/a%2fb",
    "an escape that is not needed": "https://app.example/%41",
    "a host in capitals": "https://App.example/client",
    "a trailing dot": "https://app.example./client",
    "the default port": "https://app.example:443/client",
    "another port": "https://app.example:8443/client",
    "no port after the colon": "https://app.example:/client",
    "an IPv4 address": "https://8.8.8.8/client",
    "an IPv4 address in other words": "https://0x8.8.8.8/client",
    "a number for an address": "https://134744072/client",
    "an IPv6 address": "https://[2606:4700::1111]/client",
    "a label that starts with a hyphen": "https://-app.example/client",
    "an underscore": "https://my_app.example/client",
    "an empty label": "https://app..example/client",
    "a backslash": "https://app.example\\@evil.example/client",
    "a space": "https://app.example/cli ent",
    "a line": "https://app.example/client\n",
    "letters of another alphabet": "https://\u0430pp.example/client",
    "a full-width dot": "https://app。example/client",
    "loopback": "https://localhost/client",
    "loopback with a port": "https://localhost:8443/client",
    "a loopback address": "https://127.0.0.1/client",
    "loopback in IPv6": "https://[::1]/client",
    "too many characters": "https://app.example/" + "a" * MAX_LENGTH,
    "nothing": "",
}


@pytest.mark.parametrize("url", GOOD)
def test_what_may_be_fetched(url: str) -> None:
    target = read_fetch_target(url, allow_loopback=False)

    assert target is not None
    assert (url, 443, False) == (target.url, target.port, target.is_loopback)
    assert url.startswith(f"https://{target.host}/")


@pytest.mark.parametrize("url", BAD.values(), ids=BAD.keys())
def test_what_may_not(url: str) -> None:
    """draft-ietf-oauth-client-id-metadata-document-00 §3; what has two spellings has none here (RFC 3986 §6.2.1)."""
    assert read_fetch_target(url, allow_loopback=False) is None


@pytest.mark.parametrize(
    ("url", "host", "port"),
    [
        ("https://localhost:8443/client", "localhost", 8443),
        ("https://localhost/client", "localhost", 443),
        ("https://127.0.0.7:8443/client", "127.0.0.7", 8443),
        ("https://[::1]:8443/client", "::1", 8443),
    ],
)
def test_this_machine_may_be_asked_in_development(url: str, host: str, port: int) -> None:
    target = read_fetch_target(url, allow_loopback=True)

    assert target is not None
    assert (host, port, True) == (target.host, target.port, target.is_loopback)


@pytest.mark.parametrize(
    "url", ["http://localhost:8443/client", "https://localhost:443/client", "https://LOCALHOST/client", *BAD.values()]
)
def test_development_loosens_nothing_else(url: str) -> None:
    target = read_fetch_target(url, allow_loopback=True)

    assert target is None or target.is_loopback
    assert target is None or url in {"https://localhost/client", "https://localhost:8443/client"} | {
        "https://127.0.0.1/client",
        "https://[::1]/client",
    }
