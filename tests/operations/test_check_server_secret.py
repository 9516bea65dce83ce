"""The server secret and the database it was used with (T11)."""

from datetime import timedelta
from pathlib import Path

import pytest

from doorward.audit import AuditTag
from doorward.jose.records import KeyState
from doorward.jose.rotation import ensure_keys, is_sealed_with
from doorward.kit.keyring import Keyring
from doorward.operations.check_server_secret import ServerSecretMismatch, check_server_secret
from doorward.operations.reset_server_secret import reset_server_secret
from doorward.operations.rotate_keys import rotate_keys
from tests.builders import HERE, NOW, audited, race

OLD, NEW, OTHER = b"o" * 32, b"n" * 32, b"x" * 32


def check(database, *secrets: bytes) -> None:
    check_server_secret(database, Keyring(secrets), secret_file=Path("/srv/secret_key"), now=NOW)


def keys(database):
    return list(database.read(lambda stores: stores.signing_keys.list()))


def make_keys(database, keyring, retired_lifetime) -> None:
    database.write(lambda stores: ensure_keys(stores, keyring, NOW, retired_lifetime=retired_lifetime))


def test_a_new_database_takes_the_secret_and_no_other(database):
    """The first start records it; a later one with another secret stops."""
    check(database, OLD)
    check(database, OLD)

    with pytest.raises(ServerSecretMismatch) as mismatch:
        check(database, OTHER)

    assert "doorward keys reset" in str(mismatch.value)
    assert "DOORWARD_SECRET_KEY or the former /srv/secret_key" in str(mismatch.value)
    check(database, OLD)


def test_a_secret_is_rotated_by_naming_both(database):
    """Newest first; afterwards the old one can go."""
    check(database, OLD)
    check(database, NEW, OLD)

    check(database, NEW)


def test_only_check_values_are_recorded(database):
    """Which tell nothing about the secret."""
    check(database, OLD)

    recorded = database.read(lambda stores: stores.facts.key_checks())

    assert 1 == len(recorded)
    assert OLD not in recorded[0]


def test_processes_with_different_secrets_cannot_both_begin(database):
    """The first one decides, under a lock."""
    outcomes = race(6, lambda number: check(database, bytes([number]) * 32))

    assert 5 == sum(isinstance(outcome, ServerSecretMismatch) for outcome in outcomes)


def test_a_reset_accepts_the_new_secret_and_replaces_what_it_cannot_open(database):
    """Retired public halves stay, so that access tokens live to their end."""
    check(database, OLD)
    make_keys(database, Keyring([OLD]), timedelta(hours=1))
    before = {key.kid for key in keys(database)}
    keyring = Keyring([NEW])

    assert reset_server_secret(database, keyring, now=NOW, context=HERE)

    check(database, NEW)
    with pytest.raises(ServerSecretMismatch):
        check(database, OLD)
    by_state = {key.state: key for key in keys(database)}
    assert by_state[KeyState.RETIRED].kid in before
    assert is_sealed_with(by_state[KeyState.ACTIVE], keyring)
    assert is_sealed_with(by_state[KeyState.NEXT], keyring)
    assert not before & {by_state[KeyState.ACTIVE].kid, by_state[KeyState.NEXT].kid}
    assert 1 == len(audited(database, AuditTag.KEYS_RESET))


def test_a_reset_with_the_secret_in_use_keeps_the_keys(database):
    """Nothing is lost by running it twice."""
    keyring = Keyring([OLD])
    make_keys(database, keyring, timedelta(hours=1))
    check(database, OLD)
    before = keys(database)

    assert not reset_server_secret(database, keyring, now=NOW, context=HERE)

    assert before == keys(database)
    assert [] == audited(database, AuditTag.KEYS_RESET)


def test_a_reset_replaces_keys_that_a_known_secret_cannot_open(database):
    """A secret can be recorded before the keys were sealed under it."""
    check(database, OLD)
    make_keys(database, Keyring([OLD]), timedelta(hours=1))
    check(database, NEW, OLD)

    assert reset_server_secret(database, Keyring([NEW]), now=NOW, context=HERE)
    assert not reset_server_secret(database, Keyring([NEW]), now=NOW, context=HERE)


def test_rotating_moves_each_key_one_step_on(database):
    """Next becomes active, active becomes retired, and it is audited (RFC 7517)."""
    keyring = Keyring([OLD])
    make_keys(database, keyring, timedelta(hours=1))
    before = {key.state: key.kid for key in keys(database)}

    rotate_keys(database, keyring, now=NOW, context=HERE)

    after = {key.state: key.kid for key in keys(database)}
    assert before[KeyState.NEXT] == after[KeyState.ACTIVE]
    assert before[KeyState.ACTIVE] == after[KeyState.RETIRED]
    assert after[KeyState.NEXT] not in before.values()
    assert 1 == len(audited(database, AuditTag.KEYS_ROTATED))
