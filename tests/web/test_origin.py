"""Origins and hosts."""

import pytest

from doorward.web.origin import is_host_of, same_origin


@pytest.mark.parametrize("origin", ["https://auth.example", "https://AUTH.example"])
def test_the_same_origin_passes(origin: str) -> None:
    """RFC 6454 §5: scheme, host and port."""
    assert same_origin(origin, "https://auth.example")


@pytest.mark.parametrize(
    "origin",
    [
        "null",
        "",
        "http://auth.example",
        "https://auth.example:8443",
        "https://auth.example.evil.example",
        "https://evil.example",
        "https://auth.example/",
        "https://auth.example, https://evil.example",
    ],
)
def test_any_other_origin_does_not(origin: str) -> None:
    """`null` is the origin of sandboxed frames and data documents, and never ours."""
    assert not same_origin(origin, "https://auth.example")


def test_the_default_port_is_left_out_of_an_origin() -> None:
    """Browsers never spell it (RFC 6454 §6.1), operators may."""
    assert same_origin("https://auth.example", "https://auth.example:443")
    assert same_origin("http://localhost:8000", "http://localhost:8000")
    assert same_origin("http://[::1]:8000", "http://[::1]:8000")
    assert not same_origin("http://localhost", "http://localhost:8000")


@pytest.mark.parametrize("host", ["auth.example", "Auth.Example", "auth.example:443"])
def test_the_host_of_the_dashboard_is_recognised(host: str) -> None:
    """RFC 9110 §4.2.3: the default port means the same."""
    assert is_host_of(host, "https://auth.example")


@pytest.mark.parametrize("host", ["", "127.0.0.1:8000", "localhost", "localhost:8001", "localhost:8000.evil.example"])
def test_any_other_host_is_foreign(host: str) -> None:
    """T10: `localhost` and `127.0.0.1` are different places."""
    assert not is_host_of(host, "http://localhost:8000")
