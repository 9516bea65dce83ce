"""The store of what people declined."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from doorward.oauth.records import DeclinedScope
from doorward.oauth.scope import Scope
from doorward.storage import Database
from tests.builders import NOW, given_a_plain_user


def a_declined_scope(database: Database, **given: object) -> DeclinedScope:
    members: dict[str, Any] = {
        "user_id": given_a_plain_user(database).id,
        "client_id": "client",
        "resource": "https://mcp.example/http",
        "scope": Scope.of(["more"]),
        "declined_at": NOW,
        "expires_at": NOW + timedelta(hours=24),
        **given,
    }
    return DeclinedScope(**members)


def found(database: Database, declined: DeclinedScope) -> DeclinedScope | None:
    key = (declined.user_id, declined.client_id, declined.resource)
    return database.read(lambda stores: stores.declined_scopes.find(*key))


def test_it_is_found_under_its_whole_key_only_and_replaced(database: Database):
    declined = a_declined_scope(database)
    newer = replace(declined, scope=Scope.of(["more", "most"]), expires_at=NOW + timedelta(hours=30))
    for one in (declined, newer):
        database.write(lambda stores, it=one: stores.declined_scopes.remember(it))

    assert newer == found(database, declined)
    for member in ("user_id", "client_id", "resource"):
        assert found(database, replace(declined, **{member: "another"})) is None


def test_it_is_forgotten_when_the_person_allows_it(database: Database):
    declined = a_declined_scope(database)
    database.write(lambda stores: stores.declined_scopes.remember(declined))
    database.write(
        lambda stores: stores.declined_scopes.forget(declined.user_id, declined.client_id, declined.resource)
    )

    assert found(database, declined) is None


def test_what_is_over_is_swept_in_batches(database: Database):
    """T8: every table that people fill has an end and a sweep."""
    over = [a_declined_scope(database, expires_at=NOW) for _ in range(3)]
    kept = a_declined_scope(database, expires_at=NOW + timedelta(seconds=1))
    database.write(lambda stores: [stores.declined_scopes.remember(one) for one in (*over, kept)])

    def sweep(limit: int) -> int:
        return database.write(lambda stores: stores.sweeper.sweep(NOW, audit_retention=timedelta(days=1), limit=limit))

    assert [2, 1, 0] == [sweep(2), sweep(2), sweep(2)]
    assert kept == found(database, kept)


def test_what_everybody_declined_at_a_resource_is_forgotten_at_once(database: Database):
    there, elsewhere = a_declined_scope(database), a_declined_scope(database, resource="https://mcp.example/other")
    database.write(lambda stores: [stores.declined_scopes.remember(one) for one in (there, elsewhere)])
    database.write(lambda stores: stores.declined_scopes.forget_resource(there.resource))

    assert (None, elsewhere) == (found(database, there), found(database, elsewhere))
