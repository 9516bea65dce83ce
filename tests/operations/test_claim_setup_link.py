"""The one-time link that makes the first administrator."""

from datetime import timedelta

import pytest

from doorward.audit import AuditTag
from doorward.identity.passwords import WeakPassword
from doorward.identity.ports import EmailTaken
from doorward.identity.records import InvitationKind, User
from doorward.identity.sign_up import InvitationInvalid
from doorward.kit.secrets import digest
from doorward.operations.claim_setup_link import claim_setup_link
from doorward.operations.create_setup_link import create_setup_link
from doorward.operations.find_invitation import find_invitation
from doorward.operations.invite_user import invite_user
from doorward.operations.list_users import list_users
from tests.builders import A_PASSWORD, AN_EMAIL, HERE, NOW, audited, fast_passwords, given_a_user, race


def a_link(database, *, now=NOW) -> str:
    link = create_setup_link(database, now=now, context=HERE)
    assert link is not None
    return link.reveal()


def claim(database, token, *, email=AN_EMAIL, password=A_PASSWORD, now=NOW) -> User:
    return claim_setup_link(
        database, fast_passwords(), token=token, email=email, password=password, now=now, context=HERE
    )


def is_open(database, token, *, now=NOW) -> bool:
    return find_invitation(database, token=token, kind=InvitationKind.SETUP, now=now) is not None


def test_the_link_makes_an_administrator_once(database):
    """Single use, and audited."""
    token = a_link(database)
    assert is_open(database, token)

    user = claim(database, token)

    assert user.is_administrator
    assert not user.email_verified
    assert not is_open(database, token)
    with pytest.raises(InvitationInvalid):
        claim(database, token, email="eve@example.org")
    assert [user] == list(list_users(database))
    assert [user.id] == [event.user_id for event in audited(database, AuditTag.SETUP_LINK_USED)]
    assert create_setup_link(database, now=NOW, context=HERE) is None


def test_the_link_is_kept_as_its_hash_only(database):
    """Whoever reads the database cannot become administrator."""
    token = a_link(database)

    invitation = find_invitation(database, token=token, kind=InvitationKind.SETUP, now=NOW)

    assert token.startswith("dwi_")
    assert invitation is not None
    assert digest(token) == invitation.token_hash
    assert token not in repr(audited(database, AuditTag.SETUP_LINK_CREATED))


def test_a_second_start_takes_nothing_from_the_first_terminal_and_one_use_voids_every_link(database):
    first, second = a_link(database), a_link(database)

    assert is_open(database, first)
    assert claim(database, first).is_administrator
    assert not is_open(database, second)
    with pytest.raises(InvitationInvalid):
        claim(database, second)


def test_the_link_is_good_for_a_day(database):
    """24 hours, and not a second more."""
    token = a_link(database)

    assert is_open(database, token, now=NOW + timedelta(hours=24, seconds=-1))
    assert not is_open(database, token, now=NOW + timedelta(hours=24))
    with pytest.raises(InvitationInvalid):
        claim(database, token, now=NOW + timedelta(hours=24))


def test_a_failure_uses_nothing_up(database):
    """A weak password, a bad or a taken address: try again with the same link."""
    given_a_user(database, email="taken@example.org")
    token = a_link(database)

    with pytest.raises(WeakPassword):
        claim(database, token, password="short")
    with pytest.raises(ValueError, match="e-mail"):
        claim(database, token, email="nobody")
    with pytest.raises(EmailTaken):
        claim(database, token, email="Taken@example.org")

    assert is_open(database, token)
    assert claim(database, token).is_administrator


def test_an_administrator_made_otherwise_voids_the_link(database):
    """`users create --admin` while the link lies in a terminal."""
    token = a_link(database)
    given_a_user(database, email="root@example.org", is_administrator=True)

    with pytest.raises(InvitationInvalid):
        claim(database, token)
    assert create_setup_link(database, now=NOW, context=HERE) is None


@pytest.mark.parametrize("token", ["", "dwi_", "dwi_guess", "nonsense", "\ud800"])
def test_a_guess_is_refused(database, token):
    """Nothing is made."""
    a_link(database)

    with pytest.raises(InvitationInvalid):
        claim(database, token)
    assert [] == list(list_users(database))


def test_an_invitation_of_another_kind_makes_no_administrator(database):
    """The kind is part of what is consumed."""
    token = invite_user(database, email=None, now=NOW, context=HERE).reveal()

    with pytest.raises(InvitationInvalid):
        claim(database, token)
    assert [] == list(list_users(database))


def test_of_many_racers_with_one_link_one_becomes_administrator(database):
    """One conditional UPDATE decides."""
    token = a_link(database)

    outcomes = race(8, lambda number: claim(database, token, email=f"racer{number}@example.org"))

    assert 7 == sum(isinstance(outcome, InvitationInvalid) for outcome in outcomes)
    assert 1 == len(list_users(database))


def test_processes_that_start_together_each_print_a_good_link(database):
    outcomes = race(6, lambda _: a_link(database))

    assert 6 == sum(is_open(database, str(token)) for token in outcomes)
