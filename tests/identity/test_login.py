"""The names of the counters and the lifetimes of sessions."""

from datetime import timedelta

import pytest

from doorward.identity.login import SessionLifetimes, account_key, address_key
from doorward.identity.records import SessionKind, User
from tests.builders import NOW


def test_the_hosts_of_one_ipv6_network_share_a_counter():
    """A customer's /64 holds more addresses than anybody could count one by one."""
    assert address_key("2001:db8:1:2::1") == address_key("2001:db8:1:2:ffff::9")
    assert address_key("2001:db8:1:2::1") != address_key("2001:db8:1:3::1")


def test_an_ipv4_address_is_the_same_however_it_is_written():
    """Sockets that serve both families name IPv4 peers in IPv6 (RFC 4291 §2.5.5.2)."""
    assert address_key("192.0.2.7") == address_key("::ffff:192.0.2.7")
    assert address_key("192.0.2.7") != address_key("192.0.2.8")


@pytest.mark.parametrize("address", [None, "", "unix:", "testclient", "999.1.1.1"])
def test_an_unknown_address_has_no_counter(address):
    """Requests through a socket file have no address; strangers do not share one counter because of it."""
    assert address_key(address) is None


def test_a_zone_does_not_make_another_address():
    """Link-local addresses carry the name of an interface (RFC 4007 §11)."""
    assert address_key("fe80::1%eth0") == address_key("fe80::1")


def test_the_counter_of_an_account_does_not_tell_what_was_typed():
    """People type passwords into the wrong field; the table of counters must not keep them."""
    assert "swordfish" not in account_key("swordfish and more")


@pytest.mark.parametrize(
    ("is_administrator", "kind", "lifetime"),
    [
        (False, SessionKind.BROWSER, timedelta(days=30)),
        (True, SessionKind.BROWSER, timedelta(hours=24)),
        (False, SessionKind.BEARER, timedelta(minutes=15)),
        (True, SessionKind.BEARER, timedelta(minutes=15)),
    ],
)
def test_administrators_and_bearers_are_signed_in_for_a_shorter_time(is_administrator, kind, lifetime):
    """NIST SP 800-63B-4: at most 30 days, and 24 hours where more is at stake."""
    user = User(
        id="u",
        email="a@b",
        email_canonical="a@b",
        password_hash=None,
        created_at=NOW,
        is_administrator=is_administrator,
    )

    assert lifetime == SessionLifetimes().of(user, kind)
