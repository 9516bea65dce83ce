"""A client gets a new secret, and never has more than two that live."""

from datetime import timedelta

import pytest

from doorward.audit import AuditTag
from doorward.kit.secrets import Secret, digest
from doorward.oauth.errors import InvalidClientMetadata
from doorward.oauth.records import Client
from doorward.operations.drop_old_secret import drop_old_secret
from doorward.operations.find_client import find_client
from doorward.operations.rotate_client_secret import rotate_client_secret
from doorward.operations.sweep import sweep
from doorward.storage import Database
from tests.builders import HERE, NOW, a_client, audited, given_a_client_and_secret, race

WEEK = timedelta(days=7)


def rotate(
    database: Database,
    client_id: str,
    *,
    overlap: timedelta = WEEK,
    owner_id: str | None = None,
) -> tuple[Client, Secret] | None:
    return rotate_client_secret(
        database, client_id=client_id, overlap=overlap, owner_id=owner_id, now=NOW, context=HERE
    )


def rotated(database: Database, client_id: str, *, overlap: timedelta = WEEK) -> tuple[Client, Secret]:
    made = rotate(database, client_id, overlap=overlap)
    assert made is not None
    return made


def live(database: Database, client_id: str, now=NOW) -> set[bytes]:
    client = find_client(database, client_id=client_id)
    assert client is not None
    return set(client.at(now).client_secret_hashes)


def test_both_secrets_live_until_the_overlap_is_over(database: Database):
    client, first = given_a_client_and_secret(database)
    assert first is not None
    _, second = rotated(database, client.client_id)
    both, new = {digest(first.reveal()), digest(second.reveal())}, {digest(second.reveal())}

    assert both == live(database, client.client_id, NOW + WEEK - timedelta(microseconds=1))
    assert new == live(database, client.client_id, NOW + WEEK)


def test_the_next_rotation_ends_the_oldest(database: Database):
    client, _ = given_a_client_and_secret(database)
    secrets = [rotated(database, client.client_id)[1] for _ in range(3)]

    assert {digest(secret.reveal()) for secret in secrets[1:]} == live(database, client.client_id)


def test_without_overlap_the_old_secret_ends_now(database: Database):
    client, _ = given_a_client_and_secret(database)
    changed, secret = rotated(database, client.client_id, overlap=timedelta(0))

    assert changed.old_secrets_expire_at is None
    assert {digest(secret.reveal())} == live(database, client.client_id)


def test_the_old_secret_can_be_ended_once(database: Database):
    client, _ = given_a_client_and_secret(database)
    _, secret = rotated(database, client.client_id)

    def drop() -> bool:
        return drop_old_secret(database, client_id=client.client_id, now=NOW, context=HERE)

    assert [True, False] == [drop(), drop()]
    assert {digest(secret.reveal())} == live(database, client.client_id)
    assert 1 == len(audited(database, AuditTag.CLIENT_OLD_SECRET_DROPPED))


def test_two_rotations_at_once_leave_two_secrets(database: Database):
    """Both are shown, and both work: the second ended the one before the first."""
    client, first = given_a_client_and_secret(database)
    assert first is not None
    outcomes = race(2, lambda _: rotated(database, client.client_id)[1].reveal())

    assert {digest(str(secret)) for secret in outcomes} == live(database, client.client_id)
    assert 2 == len(audited(database, AuditTag.CLIENT_SECRET_ROTATED))


def test_the_trail_has_the_end_and_no_secret(database: Database):
    client, _ = given_a_client_and_secret(database)
    _, secret = rotated(database, client.client_id)
    (event,) = audited(database, AuditTag.CLIENT_SECRET_ROTATED)

    assert (NOW + WEEK).isoformat(timespec="seconds") == event.detail["old_secret_expires_at"]
    assert secret.reveal() not in str(event)


def test_a_client_without_a_secret_gets_none(database: Database):
    client = a_client()
    database.write(lambda stores: stores.clients.add(client))

    with pytest.raises(InvalidClientMetadata):
        rotated(database, client.client_id)


@pytest.mark.parametrize("overlap", [timedelta(seconds=-1), timedelta(days=91)])
def test_an_overlap_has_bounds(database: Database, overlap: timedelta):
    client, first = given_a_client_and_secret(database)
    assert first is not None

    with pytest.raises(InvalidClientMetadata):
        rotated(database, client.client_id, overlap=overlap)
    assert {digest(first.reveal())} == live(database, client.client_id)


def test_nobody_rotates_what_is_not_theirs(database: Database):
    client, _ = given_a_client_and_secret(database)

    assert rotate(database, client.client_id, owner_id="somebody") is None
    assert not drop_old_secret(database, client_id=client.client_id, owner_id="somebody", now=NOW, context=HERE)
    assert rotate(database, "nobody") is None


def test_a_secret_that_is_over_is_forgotten(database: Database):
    """The sweep removes what counts for nothing already."""
    client, _ = given_a_client_and_secret(database)
    rotated(database, client.client_id)

    def tidy(now) -> int:
        return sweep(
            database,
            max_stored_clients=10,
            never_used_client_lifetime=WEEK,
            audit_retention=timedelta(days=400),
            now=now,
        )

    assert [0, 1, 0] == [tidy(now) for now in (NOW + WEEK - timedelta(seconds=1), NOW + WEEK, NOW + WEEK)]
    swept = find_client(database, client_id=client.client_id)
    assert swept is not None
    assert (None, None, 1) == (swept.old_secret_hashes, swept.old_secrets_expire_at, len(swept.client_secret_hashes))
