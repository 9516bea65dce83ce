"""Registration keeps no more clients than it has room for (RFC 7591 §5)."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from doorward.audit import AuditTag
from doorward.oauth.endpoints.register import register
from doorward.oauth.records import ClientOrigin
from doorward.oauth.server import Server
from doorward.storage import Database
from doorward.storage.schema import metadata
from doorward.storage.stores import SqlStores
from tests.builders import HERE, NOW, a_client, audited
from tests.web.api.builders import given_a_web

REDIRECT = "https://client.example/callback"


@pytest.fixture
def server(database: Database) -> Server:
    """A server with room for three confidential clients that nobody ever used."""
    composed = given_a_web(database).server
    return replace(composed, policy=replace(composed.policy, max_stored_clients=3))


def registered(server: Server, number: int, method: str = "client_secret_post") -> str:
    """Register the client of that number, a minute after the one before."""
    body = {"client_name": f"{number}", "redirect_uris": [REDIRECT], "token_endpoint_auth_method": method}
    now = NOW + timedelta(minutes=number)
    return str(register(server, json.dumps(body).encode(), now=now, context=HERE)["client_id"])


def stored(database: Database) -> list[str | None]:
    return [client.client_name for client in database.read(lambda stores: stores.clients.list())]


def test_the_oldest_client_nobody_used_makes_room_for_a_new_one(server: Server, database: Database) -> None:
    """S53: whoever registers without end displaces such clients only."""
    for number in range(5):
        registered(server, number)

    assert ["2", "3", "4"] == stored(database)


def test_clients_in_use_and_those_of_operators_are_never_displaced(server: Server, database: Database) -> None:
    old = NOW - timedelta(days=400)
    used = a_client(client_name="used", origin=ClientOrigin.DYNAMIC, created_at=old, last_used_at=old)
    theirs = a_client(client_name="theirs", origin=ClientOrigin.OPERATOR, created_at=old)
    database.write(lambda stores: [stores.clients.add(client) for client in (used, theirs)])
    for number in range(4):
        registered(server, number)

    assert {"used", "theirs", "1", "2", "3"} == set(stored(database))


def test_a_client_nobody_used_for_thirty_days_goes_at_the_next_registration(server: Server, database: Database) -> None:
    for name, age in (("kept", timedelta(days=29)), ("gone", timedelta(days=31))):
        client = a_client(client_name=name, origin=ClientOrigin.DYNAMIC, created_at=NOW - age)
        database.write(lambda stores, client=client: stores.clients.add(client))
    registered(server, 0)

    assert ["kept", "0"] == stored(database)


def test_a_confidential_registration_is_audited_and_a_public_one_leaves_nothing(
    server: Server, database: Database
) -> None:
    """S38; a public client is logged only, because registering costs a stranger nothing."""
    client_id = registered(server, 0)
    registered(server, 1, method="none")

    assert [client_id] == [event.client_id for event in audited(database, AuditTag.CLIENT_REGISTERED)]
    assert ["0"] == stored(database)


FLOOD = 100_000


def test_a_flood_of_public_registrations_leaves_no_row(server: Server, database: Database) -> None:
    """R1: as many as a stranger likes; every id is another one, and not one row of any table is written."""
    rows = row_counts(database)
    ids = {flooding(server, number) for number in range(FLOOD // 100)}

    assert FLOOD // 100 == len(ids)
    assert rows == row_counts(database)
    assert 0 == sum(rows.values())


def test_a_hundred_thousand_public_registrations_leave_no_row_in_postgresql(
    postgres_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R1, in full: once, where rows are dearest; the log is left out, because it takes longer than all the rest."""
    monkeypatch.setattr("doorward.oauth.endpoints.register.log_event", lambda event: None)
    server = given_a_web(postgres_database).server
    for number in range(FLOOD):
        flooding(server, number)

    assert 0 == sum(row_counts(postgres_database).values())


def test_a_flood_of_confidential_registrations_stays_under_its_cap(server: Server, database: Database) -> None:
    """S53: the rows are those that there is room for, and their audit events; the registration rate bounds these."""
    for number in range(60):
        registered(server, number)
        assert len(stored(database)) <= 3

    assert 3 == len(stored(database))


def flooding(server: Server, number: int) -> str:
    body = b'{"client_name":"%d","redirect_uris":["http://127.0.0.1:%d/callback"]}' % (number, number % 60_000 + 1)
    return str(register(server, body, now=NOW, context=HERE)["client_id"])


def row_counts(database: Database) -> dict[str, int]:
    """The rows of every table, signing keys left out, which were there before."""

    def unit(stores: SqlStores) -> dict[str, int]:
        tables = [table for table in metadata.sorted_tables if table.name != "signing_keys"]
        return {table.name: stores.connection.scalar(select(func.count()).select_from(table)) or 0 for table in tables}

    return database.read(unit)
