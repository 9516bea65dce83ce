"""Looking up and ending sessions."""

from datetime import timedelta

import pytest

from doorward.audit import AuditTag
from doorward.identity.records import SessionKind
from doorward.operations.disable_user import disable_user
from doorward.operations.find_session import find_session
from doorward.operations.sign_out import sign_out
from tests.builders import AN_EMAIL, HERE, NOW, audited, given_a_user, sign_in_with


def find(database, token, kind, now=NOW):
    return find_session(database, token=token, kind=kind, now=now)


def test_a_bearer_token_names_the_user_who_signed_in(database):
    """What the seed calls `get_current_user`, for 15 minutes."""
    user = given_a_user(database)
    token, _ = sign_in_with(database, kind=SessionKind.BEARER)
    value = token.reveal()

    signed_in = find(database, value, SessionKind.BEARER, NOW + timedelta(minutes=15, seconds=-1))

    assert value.startswith("dwb_")
    assert signed_in is not None
    assert user == signed_in.user
    assert find(database, value, SessionKind.BEARER, NOW + timedelta(minutes=15)) is None


def test_a_token_of_one_kind_is_never_accepted_as_another(database):
    """A cookie is no bearer token and the reverse, whatever its prefix is changed to (S07)."""
    given_a_user(database)
    browser = sign_in_with(database)[0].reveal()
    bearer = sign_in_with(database, kind=SessionKind.BEARER)[0].reveal()

    assert find(database, browser, SessionKind.BEARER) is None
    assert find(database, bearer, SessionKind.BROWSER) is None
    assert find(database, browser.replace("dwn_", "dwb_"), SessionKind.BEARER) is None
    assert find(database, bearer.replace("dwb_", "dwn_"), SessionKind.BROWSER) is None


@pytest.mark.parametrize("token", ["", "dwn_", "dwn_guess", "dwk_guess", "a.jwt.token", "dwn_\ud800"])
def test_a_guess_names_nobody(database, token):
    """Whatever it looks like."""
    given_a_user(database)

    assert find(database, token, SessionKind.BROWSER) is None


def test_a_session_ends_when_its_person_signs_out(database):
    """At once and for good; other sessions go on (ASVS 7.4.1)."""
    user = given_a_user(database)
    here, there = sign_in_with(database)[0].reveal(), sign_in_with(database)[0].reveal()

    assert sign_out(database, token=here, kind=SessionKind.BROWSER, now=NOW, context=HERE)

    assert find(database, here, SessionKind.BROWSER) is None
    assert find(database, there, SessionKind.BROWSER) is not None
    assert [user.id] == [event.user_id for event in audited(database, AuditTag.SIGNED_OUT)]


def test_signing_out_twice_or_with_a_guess_does_nothing(database):
    """And is not audited."""
    given_a_user(database)
    token = sign_in_with(database)[0].reveal()
    sign_out(database, token=token, kind=SessionKind.BROWSER, now=NOW, context=HERE)

    assert not sign_out(database, token=token, kind=SessionKind.BROWSER, now=NOW, context=HERE)
    assert not sign_out(database, token="dwn_guess", kind=SessionKind.BROWSER, now=NOW, context=HERE)
    assert not sign_out(database, token=token, kind=SessionKind.BEARER, now=NOW, context=HERE)
    assert 1 == len(audited(database, AuditTag.SIGNED_OUT))


def test_a_disabled_user_is_signed_out_everywhere(database):
    """On every node at once, since sessions live in the database (ASVS 7.4.2)."""
    given_a_user(database)
    browser = sign_in_with(database)[0].reveal()
    bearer = sign_in_with(database, kind=SessionKind.BEARER)[0].reveal()

    disable_user(database, email=AN_EMAIL, now=NOW, context=HERE)

    assert find(database, browser, SessionKind.BROWSER) is None
    assert find(database, bearer, SessionKind.BEARER) is None
