"""Accounts that an operator makes."""

import re

import pytest

from doorward.audit import AuditTag
from doorward.identity.email import InvalidEmail
from doorward.identity.passwords import WeakPassword
from doorward.identity.ports import EmailTaken
from doorward.identity.records import InvitationKind
from doorward.operations.create_setup_link import create_setup_link
from doorward.operations.create_user import create_user
from doorward.operations.find_invitation import find_invitation
from doorward.operations.find_user_by_email import find_user_by_email
from doorward.operations.list_users import list_users
from tests.builders import A_PASSWORD, AN_EMAIL, HERE, NOW, audited, fast_passwords, given_a_user, race


def test_a_user_is_found_again_however_the_address_is_spelt(database):
    """The look-up by e-mail that the seed imports."""
    user = given_a_user(database, email=" Ada@Example.org ")

    assert user == find_user_by_email(database, email="ada@example.ORG")
    assert "Ada@Example.org" == user.email
    assert [user] == list(list_users(database))
    assert find_user_by_email(database, email="eve@example.org") is None
    assert find_user_by_email(database, email="not an address") is None


def test_the_id_is_opaque_and_the_address_is_not_verified(database):
    """`sub` says nothing about the person; an address nobody proved is never verified (OIDC Core §2, S16)."""
    user = given_a_user(database)

    assert re.fullmatch(r"[0-9a-f]{32}", user.id)
    assert 32 == len(user.id)
    assert not user.email_verified
    assert not user.is_administrator


def test_making_an_account_is_audited_without_the_password(database):
    """One event, with the id and where it came from."""
    user = given_a_user(database)

    (event,) = audited(database, AuditTag.USER_CREATED)

    assert (user.id, HERE, NOW) == (event.user_id, event.context, event.at)
    assert A_PASSWORD not in repr(event)


def test_two_spellings_of_one_address_cannot_be_two_accounts(database):
    """The canonical form is unique."""
    given_a_user(database, email="ada@example.org")

    with pytest.raises(EmailTaken):
        given_a_user(database, email="ADA@example.org")
    assert 1 == len(list_users(database))
    assert 1 == len(audited(database, AuditTag.USER_CREATED))


@pytest.mark.parametrize(
    ("email", "password", "error"),
    [("ada", A_PASSWORD, InvalidEmail), (AN_EMAIL, "short", WeakPassword), (AN_EMAIL, "ada@example.org", WeakPassword)],
)
def test_a_bad_address_or_password_makes_nothing(database, email, password, error):
    """Nothing half-made stays behind."""
    with pytest.raises(error):
        given_a_user(database, email=email, password=password)
    assert [] == list(list_users(database))


def test_of_many_racers_for_one_address_one_gets_it(database):
    """The unique column decides, not a look-up before."""
    outcomes = race(8, lambda _: given_a_user(database))

    assert 7 == sum(isinstance(outcome, EmailTaken) for outcome in outcomes)
    assert 1 == len(list_users(database))


def test_an_administrator_made_by_hand_voids_the_setup_link(database):
    """The link is for servers that have no administrator."""
    link = create_setup_link(database, now=NOW, context=HERE)
    assert link is not None
    create_user(
        database, fast_passwords(), email=AN_EMAIL, password=A_PASSWORD, is_administrator=True, now=NOW, context=HERE
    )

    assert find_invitation(database, token=link.reveal(), kind=InvitationKind.SETUP, now=NOW) is None
