"""Setting the password of somebody who forgot it."""

import pytest

from doorward.audit import AuditTag
from doorward.identity.email import InvalidEmail
from doorward.identity.login import SignInFailed, SignInLimits
from doorward.identity.passwords import WeakPassword
from doorward.identity.records import SessionKind
from doorward.operations.find_session import find_session
from doorward.operations.list_connections import list_connections
from doorward.operations.set_password import set_password
from tests.builders import (
    A_PASSWORD,
    HERE,
    NOW,
    audited,
    fast_passwords,
    given_a_user,
    given_an_authorization,
    race,
    sign_in_with,
)

ANOTHER_PASSWORD = "marble otter thicket sonnet"


def set_to(database, password=ANOTHER_PASSWORD, email="ADA@example.org"):
    return set_password(database, fast_passwords(), email=email, password=password, now=NOW, context=HERE)


def is_signed_in(database, token, kind=SessionKind.BROWSER) -> bool:
    return find_session(database, token=token.reveal(), kind=kind, now=NOW) is not None


def test_only_the_new_password_signs_in_and_every_session_has_ended(database):
    """Of both kinds, in the same transaction (ASVS 7.4.3); nobody else's."""
    user = given_a_user(database)
    given_a_user(database, email="eve@example.org")
    browser, _ = sign_in_with(database)
    bearer, _ = sign_in_with(database, kind=SessionKind.BEARER)
    others, _ = sign_in_with(database, email="eve@example.org")

    assert user == set_to(database)

    assert not is_signed_in(database, browser)
    assert not is_signed_in(database, bearer, SessionKind.BEARER)
    assert is_signed_in(database, others)
    with pytest.raises(SignInFailed):
        sign_in_with(database)
    assert user.id == sign_in_with(database, password=ANOTHER_PASSWORD)[1].user.id
    (event,) = audited(database, AuditTag.PASSWORD_SET)
    assert (user.id, HERE, {"by": "operator", "sessions": 2}) == (event.user_id, event.context, event.detail)


def test_connected_clients_stay_connected(database):
    """They never had the password."""
    user = given_a_user(database)
    authorization = given_an_authorization(database, user)

    set_to(database)

    assert [authorization.public_id] == [a.public_id for a in list_connections(database, user_id=user.id, now=NOW)]


def test_whoever_tried_too_often_can_sign_in_at_once(database):
    """The failures were with a password that is gone."""
    given_a_user(database)
    limits = SignInLimits(attempts=1)
    with pytest.raises(SignInFailed):
        sign_in_with(database, limits=limits, password="wrong password entirely")

    set_to(database)

    token, _ = sign_in_with(database, limits=limits, password=ANOTHER_PASSWORD)
    assert is_signed_in(database, token)


@pytest.mark.parametrize(
    ("given", "refusal"),
    [
        ({"password": "short"}, WeakPassword),
        ({"password": "ada@example.org ada"}, WeakPassword),
        ({"email": "ada"}, InvalidEmail),
    ],
)
def test_a_refused_password_changes_nothing(database, given, refusal):
    """Not even the sessions."""
    given_a_user(database)
    token, _ = sign_in_with(database)

    with pytest.raises(refusal):
        set_to(database, **given)

    assert is_signed_in(database, token)
    assert [] == audited(database, AuditTag.PASSWORD_SET)


def test_nobody_gets_no_password(database):
    """And nothing is audited."""
    assert set_to(database, email="nobody@example.org") is None
    assert [] == audited(database, AuditTag.PASSWORD_SET)


def test_no_sign_in_with_the_former_password_outlives_the_change(database):
    """Whichever of them comes first, the row of the user decides (S36)."""
    user = given_a_user(database)
    unlimited = SignInLimits(enabled=False)

    def run(number: int) -> object:
        return set_to(database) if number == 0 else sign_in_with(database, limits=unlimited, password=A_PASSWORD)

    outcomes = race(6, run)

    tokens = [outcome[0] for outcome in outcomes if isinstance(outcome, tuple)]
    assert not any(is_signed_in(database, token) for token in tokens)
    assert user == outcomes[0]
    assert all(isinstance(outcome, tuple | SignInFailed) for outcome in outcomes[1:])
