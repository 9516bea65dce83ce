"""The signing key store: one lock, under which keys are made and moved."""

import time
from dataclasses import replace
from datetime import timedelta

from doorward.jose.records import KeyState
from doorward.storage import Database
from tests.builders import NOW, a_stored_key, race


def test_keys_are_listed_oldest_first_as_they_were_added(database: Database):
    newer, older = a_stored_key(), a_stored_key(created_at=NOW - timedelta(days=1), state=KeyState.ACTIVE)
    database.write(lambda stores: [stores.signing_keys.add(key) for key in (newer, older)])

    assert [older, newer] == database.read(lambda stores: stores.signing_keys.list())


def test_a_key_moves_on(database: Database):
    key = a_stored_key()
    database.write(lambda stores: stores.signing_keys.add(key))

    database.write(lambda stores: stores.signing_keys.set_state(key.kid, KeyState.RETIRED, retired_at=NOW))

    moved = replace(key, state=KeyState.RETIRED, retired_at=NOW)
    assert [moved] == database.read(lambda stores: stores.signing_keys.list())


def test_a_key_is_deleted(database: Database):
    key = a_stored_key()
    database.write(lambda stores: stores.signing_keys.add(key))

    database.write(lambda stores: stores.signing_keys.delete(key.kid))

    assert [] == database.read(lambda stores: stores.signing_keys.list())


def test_of_racers_under_the_lock_one_makes_the_first_key(database: Database):
    """First keys are made under one lock (T11)."""

    def unit(stores):
        stores.signing_keys.lock()
        if stores.signing_keys.list():
            return False
        time.sleep(0.01)
        stores.signing_keys.add(a_stored_key())
        return True

    outcomes = race(10, lambda _: database.write(unit))

    assert 1 == outcomes.count(True)
    assert 1 == len(database.read(lambda stores: stores.signing_keys.list()))
