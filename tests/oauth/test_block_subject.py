"""What an operator names to block."""

import pytest

from doorward.oauth.block_subject import InvalidBlockSubject, read_block_subject


@pytest.mark.parametrize(
    ("text", "understood"),
    [
        ("dwp_Stateless-1", "the client id dwp_Stateless-1"),
        ("dwd_Stored", "the client id dwd_Stored"),
        ("https://app.example.com/client.json", "the client id https://app.example.com/client.json"),
        ("https://app.example.com:8443/Client", "the client id https://app.example.com:8443/Client"),
        ("App.Example.com.", "the host app.example.com"),
        ("https://App.example.com", "the host app.example.com"),
        ("http://app.example.com/", "the host app.example.com"),
        ("https://intranet", "the host intranet"),
        ("LOCALHOST", "the host localhost"),
        ("127.0.0.1", "the host 127.0.0.1"),
        ("[::1]", "the host [::1]"),
        ("2001:DB8::1", "the host [2001:db8::1]"),
        ("xn--bcher-kva.example", "the host xn--bcher-kva.example"),
        ("Cursor:", "the scheme cursor:"),
    ],
)
def test_what_is_named_is_understood(text: str, understood: str):
    """As `redirect_host` writes hosts; ids keep their case."""
    assert understood == str(read_block_subject(text))


@pytest.mark.parametrize(
    ("text", "mend"),
    [
        ("", "one client id, one host"),
        ("two words", "one client id, one host"),
        ("LOCALHOST:8431", "name localhost without the port"),
        ("app.example.com:443", "name app.example.com without the port"),
        ("[::1]:80", "without the port"),
        ("https://app.example.com:8443", "name app.example.com without the port"),
        ("*.example.com", "without the star"),
        ("http://app.example.com/path", "name app.example.com."),
        ("https://app.example.com/path#part", "name app.example.com."),
        ("https://app.example.com?query", "name app.example.com."),
        ("app.example.com/path", "leave the path out"),
        ("ftp://app.example.com", "no http or https address"),
        ("https://*.example.com", "no http or https address"),
        ("https:", "neither a client id nor a host"),
        ("typo", "https://typo if it is a host"),
        ("dwp_", "https://dwp_ if it is a host"),
        ("ada@example.org", "neither a client id nor a host"),
        ("127.0.0", "neither a client id nor a host"),
        ("b\u00fccher.example", "neither a client id nor a host"),
        ("a..example", "neither a client id nor a host"),
    ],
)
def test_what_could_never_block_anything_is_refused_with_the_mend(text: str, mend: str):
    """In one sentence."""
    with pytest.raises(InvalidBlockSubject) as refused:
        read_block_subject(text)

    assert mend in str(refused.value)
    assert ". " not in str(refused.value)
