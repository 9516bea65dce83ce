"""Accounts that people make for themselves."""

from datetime import timedelta
from typing import Any

import pytest

from doorward.audit import AuditTag
from doorward.identity.login import SignInLimits, TooManyAttempts
from doorward.identity.passwords import WeakPassword
from doorward.identity.ports import EmailTaken
from doorward.identity.records import InvitationKind, User
from doorward.identity.sign_up import InvitationInvalid, SignUpClosed, SignUpMode
from doorward.operations.create_setup_link import create_setup_link
from doorward.operations.find_invitation import find_invitation
from doorward.operations.invite_user import invite_user
from doorward.operations.list_users import list_users
from doorward.operations.sign_up import sign_up
from tests.builders import A_PASSWORD, AN_EMAIL, HERE, NOW, audited, fast_passwords, given_a_user, race


def sign_up_with(database, *, mode=SignUpMode.INVITE, email=AN_EMAIL, invitation=None, **given: object) -> User:
    defaults = {"password": A_PASSWORD, "limits": SignInLimits(), "now": NOW, "context": HERE}
    arguments: dict[str, Any] = {**defaults, **given}
    return sign_up(database, fast_passwords(), mode=mode, email=email, invitation=invitation, **arguments)


def an_invitation(database, email=None) -> str:
    return invite_user(database, email=email, now=NOW, context=HERE).reveal()


def is_open(database, token) -> bool:
    return find_invitation(database, token=token, kind=InvitationKind.SIGN_UP, now=NOW) is not None


def test_a_closed_server_makes_no_accounts(database):
    """Not even for bearers of an invitation: the default is closed."""
    token = an_invitation(database)

    with pytest.raises(SignUpClosed):
        sign_up_with(database, mode=SignUpMode.CLOSED)
    with pytest.raises(SignUpClosed):
        sign_up_with(database, mode=SignUpMode.CLOSED, invitation=token)
    assert is_open(database, token)
    assert [] == list(list_users(database))


def test_an_open_server_makes_ordinary_accounts(database):
    """Whose address nobody has proved."""
    user = sign_up_with(database, mode=SignUpMode.OPEN)

    assert [user] == list(list_users(database))
    assert (False, False) == (user.is_administrator, user.email_verified)
    assert [user.id] == [event.user_id for event in audited(database, AuditTag.USER_CREATED)]


def test_an_invitation_makes_one_account(database):
    """Used up in the transaction that makes it."""
    token = an_invitation(database)

    user = sign_up_with(database, invitation=token)

    assert not user.email_verified
    assert not is_open(database, token)
    with pytest.raises(InvitationInvalid):
        sign_up_with(database, email="eve@example.org", invitation=token)
    assert [user] == list(list_users(database))


@pytest.mark.parametrize("token", [None, "", "dwi_guess", "\ud800"])
def test_without_an_invitation_nobody_gets_in(database, token):
    """In the mode `invite`."""
    with pytest.raises(InvitationInvalid):
        sign_up_with(database, invitation=token)
    assert [] == list(list_users(database))


def test_an_invitation_ends_after_a_week(database):
    """A forgotten mail is no open door."""
    token = an_invitation(database)

    with pytest.raises(InvitationInvalid):
        sign_up_with(database, invitation=token, now=NOW + timedelta(days=7))
    assert sign_up_with(database, invitation=token, now=NOW + timedelta(days=7, seconds=-1))


def test_an_invitation_for_an_address_is_for_that_address(database):
    """However it is spelt; carrying the link does not prove the address."""
    token = an_invitation(database, "Ada@Example.org")

    with pytest.raises(InvitationInvalid, match="another"):
        sign_up_with(database, email="eve@example.org", invitation=token)
    assert is_open(database, token)
    user = sign_up_with(database, email="ada@example.ORG", invitation=token)

    assert not user.email_verified


def test_the_setup_link_makes_no_ordinary_account(database):
    """The kind is part of what is consumed."""
    link = create_setup_link(database, now=NOW, context=HERE)
    assert link is not None

    with pytest.raises(InvitationInvalid):
        sign_up_with(database, invitation=link.reveal())


def test_a_failure_uses_no_invitation_up(database):
    """A weak password or a taken address: try again with the same link."""
    given_a_user(database, email="taken@example.org")
    token = an_invitation(database)

    with pytest.raises(WeakPassword):
        sign_up_with(database, invitation=token, password="short")
    with pytest.raises(EmailTaken):
        sign_up_with(database, invitation=token, email="taken@example.org")
    assert is_open(database, token)


def test_who_has_an_account_is_not_invited(database):
    """The link could not be used."""
    given_a_user(database)

    with pytest.raises(EmailTaken):
        an_invitation(database, AN_EMAIL)
    assert [] == audited(database, AuditTag.USER_INVITED)


def test_of_many_racers_with_one_invitation_one_gets_in(database):
    """One conditional UPDATE decides."""
    token = an_invitation(database)

    outcomes = race(8, lambda number: sign_up_with(database, email=f"racer{number}@example.org", invitation=token))

    assert 7 == sum(isinstance(outcome, InvitationInvalid) for outcome in outcomes)
    assert 1 == len(list_users(database))


def test_where_everybody_may_sign_up_one_network_address_makes_so_many_accounts(database):
    """T8: strangers fill neither the table nor the memory that hashing takes."""
    limits = SignInLimits(sign_ups_per_address=2)
    for number in range(2):
        sign_up_with(database, mode=SignUpMode.OPEN, email=f"{number}@example.com", limits=limits)

    with pytest.raises(TooManyAttempts):
        sign_up_with(database, mode=SignUpMode.OPEN, email="3@example.com", limits=limits)
    sign_up_with(
        database, mode=SignUpMode.INVITE, email="4@example.com", invitation=an_invitation(database), limits=limits
    )
    assert 3 == len(list_users(database))


def test_asking_who_has_an_account_counts_as_well(database):
    """Sign-up is no free oracle on addresses (ASVS 6.3.8)."""
    given_a_user(database)
    limits = SignInLimits(sign_ups_per_address=2)
    for _ in range(2):
        with pytest.raises(EmailTaken):
            sign_up_with(database, mode=SignUpMode.OPEN, limits=limits)

    with pytest.raises(TooManyAttempts):
        sign_up_with(database, mode=SignUpMode.OPEN, limits=limits)


def test_an_invitation_counts_where_everybody_may_sign_up_too(database):
    token = an_invitation(database, email="bob@example.org")

    with pytest.raises(InvitationInvalid):
        sign_up_with(database, mode=SignUpMode.OPEN, email="mallory@example.org", invitation=token)
    sign_up_with(database, mode=SignUpMode.OPEN, email="bob@example.org", invitation=token)
    assert not is_open(database, token)
