"""The user store: one account for each canonical address."""

from dataclasses import replace
from datetime import timedelta

import pytest

from doorward.identity.ports import EmailTaken
from doorward.identity.records import User
from doorward.storage import Database
from tests.builders import NOW, a_user, given_a_plain_user, race


def test_a_user_is_found_as_added(database: Database):
    user = given_a_plain_user(
        database, is_administrator=True, email_verified=True, password_hash="$argon2id$…", disabled_at=NOW
    )

    assert user == database.read(lambda stores: stores.users.find(user.id))
    assert user == database.read(lambda stores: stores.users.find_by_email(user.email_canonical))


def test_an_unknown_user_is_not_found(database: Database):
    for unknown in ("nobody", "a\x00b@example.org", "\ud800"):
        assert database.read(lambda stores, it=unknown: stores.users.find(it)) is None
        assert database.read(lambda stores, it=unknown: stores.users.find_by_email(it)) is None


def test_an_address_is_taken_once_and_the_unit_goes_on(database: Database):
    first, second = given_a_plain_user(database), a_user()

    def unit(stores):
        with pytest.raises(EmailTaken):
            stores.users.add(replace(second, email_canonical=first.email_canonical))
        stores.users.add(second)

    database.write(unit)

    assert {first.id, second.id} == {user.id for user in database.read(lambda stores: stores.users.list())}


def test_of_racing_sign_ups_with_one_address_one_makes_the_account(database: Database):
    outcomes = race(20, lambda _: given_a_plain_user(database, email_canonical="ada@example.org"))

    assert 1 == sum(isinstance(outcome, User) for outcome in outcomes)
    assert 19 == sum(isinstance(outcome, EmailTaken) for outcome in outcomes)


def test_users_are_listed_oldest_first(database: Database):
    newer, older = given_a_plain_user(database), given_a_plain_user(database, created_at=NOW - timedelta(days=1))

    assert [older, newer] == database.read(lambda stores: stores.users.list())


def test_an_administrator_is_noticed(database: Database):
    given_a_plain_user(database)
    assert not database.read(lambda stores: stores.users.has_administrator())

    given_a_plain_user(database, is_administrator=True)
    assert database.read(lambda stores: stores.users.has_administrator())


@pytest.mark.parametrize("former", ["old", None])
def test_a_password_hash_replaces_the_one_it_was_made_for(database: Database, former: str | None):
    """A hash of the former password never overwrites a newer one."""
    user = given_a_plain_user(database, password_hash=former)

    def set_hash(new: str, replacing: str | None) -> bool:
        return database.write(lambda stores: stores.users.set_password_hash(user.id, new, replacing=replacing))

    assert [False, True, False] == [set_hash("stale", "other"), set_hash("new", former), set_hash("late", former)]
    assert replace(user, password_hash="new") == database.read(lambda stores: stores.users.find(user.id))


def test_a_user_is_disabled_once(database: Database):
    user = given_a_plain_user(database)

    assert database.write(lambda stores: stores.users.disable(user.id, NOW))
    assert not database.write(lambda stores: stores.users.disable(user.id, NOW + timedelta(days=1)))
    assert replace(user, disabled_at=NOW) == database.read(lambda stores: stores.users.find(user.id))


def test_a_disabled_user_is_enabled_once(database: Database):
    user, other = given_a_plain_user(database), given_a_plain_user(database, disabled_at=NOW)
    database.write(lambda stores: stores.users.disable(user.id, NOW))

    assert database.write(lambda stores: stores.users.enable(user.id))
    assert not database.write(lambda stores: stores.users.enable(user.id))
    assert user == database.read(lambda stores: stores.users.find(user.id))
    assert other == database.read(lambda stores: stores.users.find(other.id))
