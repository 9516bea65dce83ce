"""The API key store: live keys of enabled users."""

from dataclasses import replace
from datetime import timedelta

from doorward.identity.records import ApiKey, User
from doorward.storage import Database
from tests.builders import NOW, an_api_key, given_a_plain_user


def given_a_key(database: Database, user: User, **given: object) -> ApiKey:
    key = an_api_key(user.id, **given)
    database.write(lambda stores: stores.api_keys.add(key))
    return key


def found(database: Database, key: ApiKey, now=NOW) -> ApiKey | None:
    return database.read(lambda stores: stores.api_keys.find_live(key.key_hash, now))


def test_a_key_is_found_as_it_was_added(database: Database):
    user = given_a_plain_user(database)
    for key in (given_a_key(database, user), given_a_key(database, user, expires_at=NOW + timedelta(days=1))):
        assert key == found(database, key)


def test_a_key_ends_at_its_instant(database: Database):
    key = given_a_key(database, given_a_plain_user(database), expires_at=NOW + timedelta(days=1))

    assert found(database, key, NOW + timedelta(days=1)) is None


def test_an_unknown_key_and_a_key_of_a_disabled_user_are_not_found(database: Database):
    user = given_a_plain_user(database)
    key = given_a_key(database, user)
    database.write(lambda stores: stores.users.disable(user.id, NOW))

    assert found(database, key) is None
    assert found(database, replace(key, key_hash=b"unknown")) is None


def test_keys_are_listed_newest_first_without_the_revoked(database: Database):
    user, other = given_a_plain_user(database), given_a_plain_user(database)
    older = given_a_key(database, user, created_at=NOW - timedelta(days=1))
    newer = given_a_key(database, user)
    given_a_key(database, user, revoked_at=NOW)
    given_a_key(database, other)

    assert [newer, older] == database.read(lambda stores: stores.api_keys.list_of_user(user.id))


def test_a_key_is_revoked_once_and_by_its_user_alone(database: Database):
    user, other = given_a_plain_user(database), given_a_plain_user(database)
    key = given_a_key(database, user)

    def revoke(public_id: str, by: User) -> bool:
        return database.write(lambda stores: stores.api_keys.revoke(public_id, by.id, NOW))

    assert not revoke(key.public_id, other)
    assert not revoke("\x00", user)
    assert key == found(database, key)
    assert revoke(key.public_id, user)
    assert not revoke(key.public_id, user)
    assert found(database, key) is None
