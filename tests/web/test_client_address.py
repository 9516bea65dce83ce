"""Whose request it is: the peer, or what trusted proxies say, read from the right."""

import pytest

from doorward.web.client_address import ClientAddress

PROXY, NEAR_PROXY, PERSON, SPOOFED = "10.0.0.1", "10.0.0.2", "192.0.2.7", "203.0.113.9"


def seen(
    *forwarded: str, peer: str | None, trusted: tuple[str, ...] = (), header: bytes = b"x-forwarded-for"
) -> object:
    """The address of a request from `peer` with these header lines."""
    return ClientAddress(trusted).of(
        {
            "type": "http",
            "client": None if peer is None else (peer, 40000),
            "headers": [(b"host", b"localhost"), *((header, line.encode("latin-1")) for line in forwarded)],
        }
    )


def test_without_trusted_proxies_the_header_counts_for_nothing() -> None:
    """Anybody can send it (CWE-348)."""
    assert PERSON == seen(SPOOFED, peer=PERSON)


def test_the_header_of_a_peer_that_is_no_trusted_proxy_counts_for_nothing() -> None:
    assert PERSON == seen(SPOOFED, peer=PERSON, trusted=("10.0.0.0/8",))


def test_a_trusted_proxy_is_believed() -> None:
    assert PERSON == seen(PERSON, peer=PROXY, trusted=(PROXY,))


def test_a_trusted_proxy_that_says_nothing_is_the_client_itself() -> None:
    assert PROXY == seen(peer=PROXY, trusted=(PROXY,))
    assert PROXY == seen(PERSON, peer=PROXY, trusted=(PROXY,), header=b"forwarded")


def test_the_list_is_read_from_the_right_past_every_trusted_proxy() -> None:
    assert PERSON == seen(f"{SPOOFED}, {PERSON}, {NEAR_PROXY}", peer=PROXY, trusted=("10.0.0.0/8",))
    assert NEAR_PROXY == seen(f"{PERSON}, {NEAR_PROXY}", peer=PROXY, trusted=(PROXY,))


def test_what_stands_left_of_the_first_stranger_is_spoofed() -> None:
    """Even the address of a trusted proxy there vouches for nothing."""
    assert PERSON == seen(f"{SPOOFED}, {PROXY}, {PERSON}", peer=PROXY, trusted=("10.0.0.0/8",))


def test_several_lines_are_one_list() -> None:
    """RFC 9110 §5.3."""
    assert PERSON == seen(SPOOFED, f"{PERSON} ,{NEAR_PROXY}", peer=PROXY, trusted=("10.0.0.0/8",))
    assert PERSON == seen(f"{SPOOFED}, {PERSON}", NEAR_PROXY, peer=PROXY, trusted=("10.0.0.0/8",))


def test_when_every_hop_is_trusted_the_leftmost_is_the_client() -> None:
    assert NEAR_PROXY == seen(f"{NEAR_PROXY}, 10.0.0.3", peer=PROXY, trusted=("10.0.0.0/8",))


@pytest.mark.parametrize("garbage", ["", "unknown", "_hidden", "192.0.2.7:443", "192.0.2.256", "[::1]", "\xff", "a b"])
def test_garbage_ends_the_list_at_the_last_hop_that_was_believed(garbage: str) -> None:
    """A key for the limits is an address or nothing: never a text that a stranger chose."""
    assert PROXY == seen(f"{SPOOFED}, {garbage}", peer=PROXY, trusted=("10.0.0.0/8",))
    assert NEAR_PROXY == seen(f"{SPOOFED}, {garbage}, {NEAR_PROXY}", peer=PROXY, trusted=("10.0.0.0/8",))


def test_ipv6_works_like_ipv4() -> None:
    person, proxy = "2001:db8::7", "fd00::1"

    assert person == seen(f"{SPOOFED}, {person}, fd00::2", peer=proxy, trusted=("fd00::/8",))
    assert person == seen(SPOOFED, peer=person, trusted=("fd00::/8",))
    assert person == seen(person, peer=PROXY, trusted=("fd00::/8", PROXY))


def test_a_network_may_be_written_with_the_bits_of_a_host() -> None:
    assert PERSON == seen(PERSON, peer=PROXY, trusted=("10.0.0.99/8",))


def test_a_unix_socket_has_no_address() -> None:
    """Nobody knows who that is, so nobody is believed."""
    assert seen(SPOOFED, peer=None) is None
    assert seen(SPOOFED, peer=None, trusted=("0.0.0.0/0", "::/0")) is None
    assert "/run/doorward.sock" == seen(SPOOFED, peer="/run/doorward.sock", trusted=("0.0.0.0/0",))


@pytest.mark.parametrize("wrong", ["localhost", "10.0.0.0/33", "*", "fd00::/129"])
def test_a_proxy_must_be_an_address_or_a_network(wrong: str) -> None:
    with pytest.raises(ValueError, match="does not appear to be an IPv4 or IPv6 network"):
        ClientAddress([wrong])
