"""The client store keeps what it was given, and forgets only clients that nobody connected."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from doorward.oauth.ports import TOUCH_INTERVAL
from doorward.oauth.records import ClientOrigin, ClientRule, Verdict
from doorward.oauth.scope import Scope
from doorward.storage import Database
from tests.builders import NOW, a_client


def test_a_client_is_found_as_it_was_added(database: Database):
    client = a_client(
        origin=ClientOrigin.DYNAMIC,
        redirect_uris=("https://client.example/a?b=%2F", "http://127.0.0.1/callback"),
        client_name="Ünïcode \N{ROCKET}",
        client_uri="https://client.example",
        token_endpoint_auth_method="client_secret_basic",
        grant_types=("client_credentials",),
        scope=Scope.of(["mcp", "other"]),
        application_type="web",
        client_secret_hashes=(b"\x00\xff" * 16, b"second"),
        trusted=True,
        last_used_at=NOW + timedelta(microseconds=1),
        jwks='{"keys":[]}',
        jwks_uri="https://client.example/jwks.json",
    )
    database.write(lambda stores: stores.clients.add(client))

    assert client == database.read(lambda stores: stores.clients.find(client.client_id))


def test_a_client_with_nothing_optional_is_found_as_it_was_added(database: Database):
    client = a_client(redirect_uris=())
    database.write(lambda stores: stores.clients.add(client))

    assert client == database.read(lambda stores: stores.clients.find(client.client_id))


def test_an_unknown_client_is_not_found(database: Database):
    assert database.read(lambda stores: stores.clients.find("nobody")) is None


def test_text_that_no_engine_can_hold_names_no_client(database: Database):
    """A hostile `client_id` is an unknown one, not a failure."""
    for hostile in ("dwd_\x00", "\ud800"):
        assert database.read(lambda stores, it=hostile: stores.clients.find(it)) is None
        assert not database.write(lambda stores, it=hostile: stores.clients.delete(it))


def test_a_client_is_deleted_once(database: Database):
    client = a_client()
    database.write(lambda stores: stores.clients.add(client))

    assert database.write(lambda stores: stores.clients.delete(client.client_id))
    assert not database.write(lambda stores: stores.clients.delete(client.client_id))
    assert database.read(lambda stores: stores.clients.find(client.client_id)) is None


def test_a_client_id_is_never_given_twice(database: Database):
    """S59, RFC 7591 §3.2.1: an id that exists is an error, and the client that has it stays as it was."""
    first = a_client(client_name="first", client_secret_hashes=(b"first",))
    second = replace(first, client_name="second", client_secret_hashes=(b"second",), redirect_uris=())
    database.write(lambda stores: stores.clients.add(first))

    with pytest.raises(IntegrityError):
        database.write(lambda stores: stores.clients.add(second))

    assert [first] == database.read(lambda stores: stores.clients.list())


def test_clients_are_listed_oldest_first(database: Database):
    newer, older = a_client(), a_client(created_at=NOW - timedelta(days=1))
    database.write(lambda stores: [stores.clients.add(client) for client in (newer, older)])

    assert [older, newer] == database.read(lambda stores: stores.clients.list())


def test_a_touched_client_remembers_when(database: Database):
    client = a_client()
    database.write(lambda stores: stores.clients.add(client))

    database.write(lambda stores: stores.clients.touch(client.client_id, NOW))

    assert replace(client, last_used_at=NOW) == database.read(lambda stores: stores.clients.find(client.client_id))


def test_a_client_touched_a_moment_ago_is_left_alone(database: Database):
    """So that people do not wait for the row of a client that many of them use."""
    client = a_client()
    database.write(lambda stores: stores.clients.add(client))
    remembered: list[datetime | None] = []
    for after in (timedelta(0), TOUCH_INTERVAL - timedelta(seconds=1), TOUCH_INTERVAL):
        database.write(lambda stores, at=NOW + after: stores.clients.touch(client.client_id, at))
        found = database.read(lambda stores: stores.clients.find(client.client_id))
        remembered.append(found and found.last_used_at)

    assert [NOW, NOW, NOW + TOUCH_INTERVAL] == remembered


def given_dynamic_clients(database: Database, *ages: int, **given: object) -> list[str]:
    clients = [
        a_client(origin=ClientOrigin.DYNAMIC, created_at=NOW - timedelta(days=age), client_id=f"age-{age}", **given)
        for age in ages
    ]
    database.write(lambda stores: [stores.clients.add(client) for client in clients])
    return [client.client_id for client in clients]


def test_clients_nobody_connected_are_evicted_when_they_are_too_old(database: Database):
    """A client registered by itself goes after its time (RFC 7591 §5; threats.md S53)."""
    given_dynamic_clients(database, 40, 31, 29)

    gone = database.write(
        lambda stores: stores.clients.evict_never_used(keep=100, older_than=NOW - timedelta(days=30), limit=10)
    )

    assert 2 == gone
    assert ["age-29"] == [client.client_id for client in database.read(lambda stores: stores.clients.list())]


def test_the_oldest_clients_nobody_connected_are_evicted_above_the_cap(database: Database):
    given_dynamic_clients(database, 5, 4, 3, 2, 1)

    gone = database.write(
        lambda stores: stores.clients.evict_never_used(keep=2, older_than=NOW - timedelta(days=30), limit=10)
    )

    assert 3 == gone
    assert ["age-2", "age-1"] == [client.client_id for client in database.read(lambda stores: stores.clients.list())]


def test_an_eviction_stops_at_its_limit(database: Database):
    given_dynamic_clients(database, 5, 4, 3, 2, 1)

    gone = database.write(lambda stores: stores.clients.evict_never_used(keep=0, older_than=NOW, limit=2))

    assert 2 == gone
    assert 3 == len(database.read(lambda stores: stores.clients.list()))


def test_clients_in_use_and_clients_of_others_are_never_evicted(database: Database):
    given_dynamic_clients(database, 400, last_used_at=NOW - timedelta(days=300))
    old = NOW - timedelta(days=400)
    others = [a_client(created_at=old), a_client(created_at=old, origin=ClientOrigin.SEED)]
    database.write(lambda stores: [stores.clients.add(client) for client in others])

    gone = database.write(lambda stores: stores.clients.evict_never_used(keep=0, older_than=NOW, limit=10))

    assert 0 == gone
    assert 3 == len(database.read(lambda stores: stores.clients.list()))


def a_rule(subject: str, verdict: Verdict = Verdict.DENY, **given: object) -> ClientRule:
    return ClientRule(**{"subject": subject, "verdict": verdict, "created_at": NOW, **given})  # type: ignore[arg-type]


def test_a_rule_is_listed_once_however_often_it_is_set(database: Database):
    first = a_rule("evil.example")
    database.write(lambda stores: stores.clients.set_rule(first))
    database.write(lambda stores: stores.clients.set_rule(replace(first, created_at=NOW + timedelta(days=1))))

    assert [first] == database.read(lambda stores: stores.clients.rules())


def test_another_verdict_takes_the_place_of_the_first(database: Database):
    second = a_rule("evil.example", Verdict.ASK, created_at=NOW + timedelta(days=1))
    for rule in (a_rule("evil.example"), second):
        database.write(lambda stores, it=rule: stores.clients.set_rule(it))

    assert [second] == database.read(lambda stores: stores.clients.rules())


def test_a_person_has_rules_of_their_own(database: Database):
    rules = [a_rule("a.example"), a_rule("a.example", Verdict.ALLOW, user_id="ada"), a_rule("b.example", user_id="eve")]
    database.write(lambda stores: [stores.clients.set_rule(rule) for rule in rules])

    assert rules[:2] == database.read(lambda stores: stores.clients.rules("ada"))
    assert rules[:1] == database.read(lambda stores: stores.clients.rules(""))
    assert rules == database.read(lambda stores: stores.clients.rules())


def test_a_rule_is_removed_once_and_others_stay(database: Database):
    rules = [a_rule(subject) for subject in ("evil.example", "other.example")]
    database.write(lambda stores: [stores.clients.set_rule(rule) for rule in rules])

    assert not database.write(lambda stores: stores.clients.remove_rule("evil.example", "", verdict=Verdict.ALLOW))
    assert database.write(lambda stores: stores.clients.remove_rule("evil.example", "", verdict=Verdict.DENY))
    for subject in ("evil.example", "OTHER.example", "", "\x00", "\ud800"):
        assert not database.write(lambda stores, it=subject: stores.clients.remove_rule(it, ""))
    assert not database.write(lambda stores: stores.clients.remove_rule("other.example", "ada"))
    assert rules[1:] == database.read(lambda stores: stores.clients.rules())
