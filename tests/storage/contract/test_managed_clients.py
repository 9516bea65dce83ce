"""The client store changes what it is told to, and keeps owners and registration access tokens apart."""

from dataclasses import replace
from datetime import timedelta

import pytest

from doorward.oauth.records import Client, ClientOrigin
from doorward.storage import Database
from tests.builders import NOW, a_client, given_a_plain_user, race


def added(database: Database, **given: object) -> Client:
    client = a_client(**given)
    database.write(lambda stores: stores.clients.add(client))
    return client


def found(database: Database, client: Client) -> Client | None:
    return database.read(lambda stores: stores.clients.find(client.client_id))


def secrets_of(client: Client | None) -> tuple[object, ...]:
    assert client is not None
    return client.client_secret_hashes, client.old_secret_hashes, client.old_secrets_expire_at


def test_a_managed_client_is_found_as_it_was_added(database: Database):
    client = added(
        database,
        origin=ClientOrigin.USER,
        client_secret_hashes=(b"new",),
        old_secret_hashes=(b"\x00old",),
        old_secrets_expire_at=NOW + timedelta(days=7),
        registration_token_hash=b"\xfftoken",
        owner_id="somebody",
        shared_at=NOW,
    )

    assert client == found(database, client)


def test_a_rotation_replaces_the_secret_and_keeps_the_one_before(database: Database):
    client = added(database, client_secret_hashes=(b"first",))
    rotated = None
    for secret in (b"second", b"third"):
        rotated = database.write(
            lambda stores, it=secret: stores.clients.rotate_secret(client.client_id, it, old_until=NOW)
        )

    assert rotated == found(database, client)
    assert ((b"third",), (b"second",), NOW) == secrets_of(rotated)


def test_a_rotation_without_overlap_keeps_nothing(database: Database):
    client = added(database, client_secret_hashes=(b"first",), old_secret_hashes=(b"older",), old_secrets_expire_at=NOW)
    rotated = database.write(lambda stores: stores.clients.rotate_secret(client.client_id, b"second", old_until=None))

    assert ((b"second",), None, None) == secrets_of(rotated)


@pytest.mark.parametrize("client_id", ["public", "nobody", "dwd_\x00"])
def test_a_client_without_a_secret_gets_none(database: Database, client_id: str):
    added(database, client_id="public")

    assert database.write(lambda stores: stores.clients.rotate_secret(client_id, b"x", old_until=NOW)) is None
    assert ((), None, None) == secrets_of(database.read(lambda stores: stores.clients.find("public")))


def test_racing_rotations_leave_the_last_two_secrets(database: Database):
    """One statement each: nobody's new secret is lost between reading and writing."""
    client = added(database, client_secret_hashes=(b"0",))

    def rotate(number: int) -> bytes:
        secret = str(number + 1).encode()
        database.write(lambda stores: stores.clients.rotate_secret(client.client_id, secret, old_until=NOW))
        return secret

    made = race(8, rotate)
    left = found(database, client)

    assert left is not None
    assert left.old_secret_hashes is not None
    assert {*left.client_secret_hashes, *left.old_secret_hashes} <= set(made)
    assert 2 == len({*left.client_secret_hashes, *left.old_secret_hashes})


def test_an_update_writes_what_it_names(database: Database):
    client = added(database, client_name="before", registration_token_hash=b"token")
    changed = database.write(lambda stores: stores.clients.update(client.client_id, {"client_name": "after"}))

    assert replace(client, client_name="after") == changed == found(database, client)


def test_only_the_bearer_of_the_token_changes_or_deletes(database: Database):
    """RFC 7592 §2.2, §2.3: the condition stands in the statement."""
    client = added(database, registration_token_hash=b"token")
    other = added(database, registration_token_hash=b"other")

    def update(token: bytes) -> Client | None:
        values = {"client_name": "new"}
        return database.write(lambda stores: stores.clients.update(client.client_id, values, token_hash=token))

    def delete(token: bytes) -> bool:
        own = client.client_id
        return database.write(lambda stores: stores.clients.delete_managed(own, registration_token_hash=token))

    assert [None, False] == [update(b"other"), delete(b"other")]
    assert update(b"token") is not None
    assert [True, False] == [delete(b"token"), delete(b"token")]
    assert update(b"token") is None
    assert other == database.read(lambda stores: stores.clients.find_by_registration_token(b"other"))
    assert database.read(lambda stores: stores.clients.find_by_registration_token(b"token")) is None


def test_a_person_has_so_many_clients_and_no_more_even_in_a_race(database: Database):
    user = given_a_plain_user(database)

    def add(_: int) -> bool:
        client = a_client(origin=ClientOrigin.USER, owner_id=user.id)
        return database.write(lambda stores: stores.clients.add_owned(client, at_most=3))

    outcomes = race(8, add)

    assert [False] * 5 + [True] * 3 == sorted(bool(outcome) for outcome in outcomes)
    assert 3 == len(database.read(lambda stores: stores.clients.list_of_owner(user.id)))


@pytest.mark.parametrize("disabled_at", [None, NOW])
def test_nobody_who_is_gone_gets_a_client(database: Database, disabled_at):
    owner = given_a_plain_user(database, disabled_at=disabled_at).id if disabled_at else "nobody"
    client = a_client(origin=ClientOrigin.USER, owner_id=owner)

    with pytest.raises(LookupError):
        database.write(lambda stores: stores.clients.add_owned(client, at_most=3))


def test_the_clients_of_one_person_end_together(database: Database):
    kept = added(database, owner_id="somebody else")
    gone = [added(database, owner_id="somebody").client_id for _ in range(2)]

    assert set(gone) == set(database.write(lambda stores: stores.clients.delete_of_owner("somebody")))
    assert [kept] == database.read(lambda stores: stores.clients.list())


def test_pages_follow_on_each_other_whatever_goes_in_between(database: Database):
    """Behind one row, not after so many: a deleted client displaces nobody."""
    made = [added(database, client_id=f"c{n}", created_at=NOW + timedelta(seconds=n // 2)) for n in range(7)]

    def page(after: Client | None) -> list[Client]:
        position = (after.created_at, after.client_id) if after else None
        return list(database.read(lambda stores: stores.clients.page(after=position, limit=3)))

    first = page(None)
    database.write(lambda stores: stores.clients.delete(first[-1].client_id))
    second = page(first[-1])

    assert made == [*first, *second, *page(second[-1])]
    assert [] == page(made[-1])
