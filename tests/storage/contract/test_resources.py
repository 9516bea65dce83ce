"""The store of resources and of their resource servers."""

from dataclasses import replace
from datetime import timedelta

from doorward.oauth.records import DeclinedScope, StoredResource
from doorward.oauth.scope import Scope
from doorward.storage import Database
from tests.builders import NOW, a_client, a_consent, given_a_plain_user, given_an_authorization

A = StoredResource(
    identifier="https://a.example/mcp", definition={"name": "A"}, is_default=False, created_at=NOW, updated_at=NOW
)
B = replace(A, identifier="https://b.example/mcp", created_at=NOW + timedelta(seconds=1))


def put(database: Database, *resources: StoredResource) -> None:
    for resource in resources:
        database.write(lambda stores, it=resource: stores.resources.put(it))


def stored(database: Database) -> list[StoredResource]:
    return list(database.read(lambda stores: stores.resources.list()))


def test_resources_are_listed_in_the_order_they_were_made(database: Database):
    put(database, B, A)

    assert [A, B] == stored(database)
    assert A == database.read(lambda stores: stores.resources.find(A.identifier))
    assert database.read(lambda stores: stores.resources.find("\0")) is None


def test_a_change_keeps_when_it_was_made(database: Database):
    put(database, A)
    later = replace(A, definition={"name": "C"}, created_at=NOW + timedelta(days=1), updated_at=NOW + timedelta(days=1))
    put(database, later)

    assert [replace(later, created_at=NOW)] == stored(database)


def test_there_is_one_default(database: Database):
    put(database, replace(A, is_default=True), replace(B, is_default=True))

    assert [False, True] == [resource.is_default for resource in stored(database)]


def test_resource_servers_come_and_go_with_their_resource_and_their_client(database: Database):
    clients = [a_client(), a_client()]
    put(database, A, B)
    database.write(lambda stores: [stores.clients.add(client) for client in clients])
    first, second = (client.client_id for client in clients)

    def unit(stores):
        added = [stores.resources.add_server(*pair) for pair in [(A.identifier, first)] * 2]
        return [
            *added,
            stores.resources.add_server(A.identifier, second),
            stores.resources.add_server(B.identifier, first),
        ]

    added = database.write(unit)
    both = database.read(lambda stores: stores.resources.servers())
    database.write(lambda stores: stores.clients.delete(second))
    database.write(lambda stores: stores.resources.delete(B.identifier))
    rest = database.read(lambda stores: stores.resources.servers())
    removed = [database.write(lambda stores: stores.resources.remove_server(A.identifier, first)) for _ in range(2)]

    assert [True, False, True, True] == added
    assert {A.identifier: {first, second}, B.identifier: {first}} == both
    assert {A.identifier: {first}} == rest
    assert [True, False] == removed


def test_what_is_not_there_cannot_be_deleted(database: Database):
    assert not database.write(lambda stores: stores.resources.delete(A.identifier))
    assert not database.write(lambda stores: stores.resources.delete("\0"))
    assert not database.write(lambda stores: stores.resources.remove_server("\0", "\0"))


def test_what_something_hangs_on_is_in_use(database: Database):
    """Authorizations that are not revoked, and what people allowed or declined."""
    user = given_a_plain_user(database)
    given_an_authorization(database, user, resource="https://live.example/mcp")
    given_an_authorization(database, user, resource="https://over.example/mcp", revoked_at=NOW)
    declined = DeclinedScope(
        user_id=user.id,
        client_id="c",
        resource="https://declined.example/mcp",
        scope=Scope.of(["mcp"]),
        declined_at=NOW,
        expires_at=NOW,
    )
    consent = a_consent(user_id=user.id, client_id="c", resource="https://allowed.example/mcp")
    database.write(lambda stores: stores.declined_scopes.remember(declined))
    database.write(lambda stores: stores.consents.remember(consent))

    in_use = database.read(lambda stores: stores.resources.in_use())
    assert {f"https://{name}.example/mcp" for name in ("live", "declined", "allowed")} == in_use
