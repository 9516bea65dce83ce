"""Session ids open for one Authorization, at one upstream, with any key that is still configured."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorward.gateway.refusals import Refused
from doorward.gateway.sessions import MAX_LENGTH, BoundSessions
from doorward.kit.keyring import Keyring

OLD, NEW = b"o" * 32, b"n" * 32
UPSTREAM = "http://127.0.0.1:9000/mcp"
SESSIONS = BoundSessions(Keyring([NEW]), audience=UPSTREAM)


@given(st.from_regex(rb"[!-~]{1,100}", fullmatch=True), st.text(max_size=20))
def test_what_was_bound_opens_for_the_same_authorization_only(session: bytes, public_id: str):
    bound = SESSIONS.bind(session, public_id)

    assert session == SESSIONS.open(bound, public_id)
    with pytest.raises(Refused):
        SESSIONS.open(bound, public_id + "x")
    assert all(0x21 <= byte <= 0x7E for byte in bound)


@given(st.binary(max_size=80))
def test_nothing_else_opens(presented: bytes):
    with pytest.raises(Refused) as caught:
        SESSIONS.open(presented, "authorization-1")

    assert 404 == caught.value.status


def test_every_changed_character_is_noticed():
    bound = SESSIONS.bind(b"session.1", "authorization-1")
    for at in range(len(bound)):
        changed = bound[:at] + bytes([bound[at] ^ 1]) + bound[at + 1 :]
        with pytest.raises(Refused):
            SESSIONS.open(changed, "authorization-1")


def test_another_upstream_gives_other_sessions():
    bound = BoundSessions(Keyring([NEW]), audience="http://127.0.0.1:9001/mcp").bind(b"s", "a")

    with pytest.raises(Refused):
        SESSIONS.open(bound, "a")


def test_a_rotated_secret_keeps_sessions_open_until_it_is_gone():
    bound = BoundSessions(Keyring([OLD]), audience=UPSTREAM).bind(b"s", "a")

    assert b"s" == BoundSessions(Keyring([NEW, OLD]), audience=UPSTREAM).open(bound, "a")
    with pytest.raises(Refused):
        SESSIONS.open(bound, "a")


def test_a_huge_session_id_costs_nothing():
    with pytest.raises(Refused):
        SESSIONS.open(SESSIONS.bind(b"x" * MAX_LENGTH, "a"), "a")
