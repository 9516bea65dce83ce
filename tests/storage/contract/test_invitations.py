"""The invitation store: links that work once."""

from dataclasses import replace
from datetime import timedelta

from doorward.identity.records import Invitation, InvitationKind
from doorward.storage import Database
from tests.builders import NOW, an_invitation, race


def given_an_invitation(database: Database, **given: object) -> Invitation:
    invitation = an_invitation(**given)
    database.write(lambda stores: stores.invitations.add(invitation))
    return invitation


def consume(database: Database, invitation: Invitation, *, kind=None, now=NOW) -> Invitation | None:
    return database.write(
        lambda stores: stores.invitations.consume(invitation.token_hash, kind or invitation.kind, now)
    )


def found(database: Database, invitation: Invitation, now=NOW) -> Invitation | None:
    return database.read(lambda stores: stores.invitations.find_live(invitation.token_hash, now))


def test_an_open_invitation_is_found_as_it_was_added(database: Database):
    for invitation in (given_an_invitation(database), given_an_invitation(database, email=None)):
        assert invitation == found(database, invitation)


def test_an_invitation_works_once_even_in_a_race(database: Database):
    """The first-administrator link is used up by one conditional UPDATE."""
    invitation = given_an_invitation(database, kind=InvitationKind.SETUP)

    outcomes = race(20, lambda _: consume(database, invitation))

    assert [replace(invitation, used_at=NOW)] == [outcome for outcome in outcomes if outcome is not None]
    assert found(database, invitation) is None


def test_an_invitation_ends_at_its_instant(database: Database):
    invitation = given_an_invitation(database)

    assert consume(database, invitation, now=invitation.expires_at) is None
    assert found(database, invitation, invitation.expires_at) is None
    assert consume(database, invitation, now=invitation.expires_at - timedelta(microseconds=1))


def test_an_invitation_of_another_kind_is_not_used_up(database: Database):
    invitation = given_an_invitation(database)

    assert consume(database, invitation, kind=InvitationKind.SETUP) is None
    assert invitation == found(database, invitation)


def test_open_setup_links_are_voided_and_sign_up_links_are_not(database: Database):
    setups = [given_an_invitation(database, kind=InvitationKind.SETUP) for _ in range(2)]
    sign_up = given_an_invitation(database)

    database.write(lambda stores: stores.invitations.void_setup_links(NOW))

    assert [None, None] == [consume(database, setup) for setup in setups]
    assert sign_up == found(database, sign_up)
