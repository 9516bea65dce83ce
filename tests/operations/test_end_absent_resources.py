"""A resource that is gone from the settings is given a day, and then what people allowed there ends."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest

from doorward.audit import AuditTag
from doorward.oauth.protected_resource import Resource, ScopeToken
from doorward.oauth.records import Consent, DeclinedScope
from doorward.oauth.resource_catalogue import ResourceRules
from doorward.oauth.scope import Scope
from doorward.operations.create_resource import create_resource
from doorward.operations.end_absent_resources import ABSENT_LIFETIME, end_absent_resources
from doorward.operations.list_connections import list_connections
from doorward.storage import Database
from tests.builders import HERE, NOW, a_consent, audited, given_a_plain_user, given_an_authorization

MAIN, FILES = "https://mcp.example/http", "https://files.example/mcp"
HOUR, HALF_AN_HOUR = timedelta(hours=1), timedelta(minutes=30)


def a_resource(identifier: str) -> Resource:
    return Resource(
        identifier=identifier,
        name="A server",
        scopes=(ScopeToken("mcp", "Use it"),),
        default_scope=Scope.of(["mcp"]),
    )


def declaring(*identifiers: str) -> ResourceRules:
    return ResourceRules(builtin=a_resource(MAIN), declared=tuple(map(a_resource, identifiers)))


def looked_at_all_along(database: Database, begin: datetime, end: datetime, *identifiers: str) -> int:
    """What a server does that runs from then to then."""
    looks = round((end - begin) / HALF_AN_HOUR)
    return sum(looked_at(database, begin + number * HALF_AN_HOUR, *identifiers) for number in range(looks + 1))


def looked_at(database: Database, at: datetime, *identifiers: str) -> int:
    """What a server does that declares those."""
    return end_absent_resources(database, declaring(*identifiers), now=at)


class Person:
    """Somebody who allowed a client at FILES and at MAIN, and declined something at FILES."""

    def __init__(self, database: Database) -> None:
        self.database, self.id = database, ""
        user = given_a_plain_user(database)
        self.id = user.id
        declined = DeclinedScope(
            user_id=user.id,
            client_id="dwd_client",
            resource=FILES,
            scope=Scope.of(["admin"]),
            declined_at=NOW,
            expires_at=NOW + timedelta(days=30),
        )
        for resource in (MAIN, FILES):
            given_an_authorization(database, user, resource=resource)
            consent = a_consent(user_id=user.id, client_id="dwd_client", resource=resource)
            database.write(lambda stores, it=consent: stores.consents.remember(it))
        database.write(lambda stores: stores.declined_scopes.remember(declined))

    def connected(self) -> Sequence[str]:
        found = list_connections(self.database, user_id=self.id, now=NOW)
        return sorted(authorization.resource for authorization in found)

    def consent(self, resource: str) -> Consent | None:
        return self.database.read(
            lambda stores: stores.consents.find(self.id, "dwd_client", "client.example", resource)
        )

    def declined(self) -> DeclinedScope | None:
        return self.database.read(lambda stores: stores.declined_scopes.find(self.id, "dwd_client", FILES))


@pytest.fixture
def person(database: Database) -> Person:
    return Person(database)


def test_after_a_day_its_connections_and_what_was_remembered_end(database: Database, person: Person):
    """Declared again later it is another one, and people are asked about it."""
    before = [looked_at(database, NOW + at, *declared) for at, declared in ((timedelta(0), (FILES,)), (HOUR, ()))]
    kept = person.consent(FILES), person.connected()
    ended = looked_at_all_along(database, NOW + HOUR, NOW + HOUR + ABSENT_LIFETIME)

    assert [0, 0, 1] == [*before, ended]
    assert kept == (person.consent(MAIN) and kept[0], [FILES, MAIN])
    assert kept[0] is not None
    assert [MAIN] == person.connected()
    assert (None, None) == (person.consent(FILES), person.declined())
    assert person.consent(MAIN) is not None
    (event,) = audited(database, AuditTag.RESOURCE_WITHDRAWN)
    assert {"resource": FILES, "authorizations": 1} == event.detail
    assert 0 == looked_at(database, NOW + timedelta(days=9))
    assert 1 == len(audited(database, AuditTag.RESOURCE_WITHDRAWN))


def test_a_slip_that_is_mended_within_a_day_ends_nothing(database: Database, person: Person):
    """Nor do two slips a day apart."""
    assert 0 == looked_at_all_along(database, NOW, NOW + 23 * HOUR)
    assert 0 == looked_at(database, NOW + 23 * HOUR, FILES)
    assert 0 == looked_at_all_along(database, NOW + 23 * HOUR, NOW + 46 * HOUR)

    assert [FILES, MAIN] == person.connected()


def test_time_in_which_nobody_looked_does_not_count(database: Database, person: Person):
    """Two short starts with wrong settings, days apart, are no day; nor is a clock that jumps."""
    for days in (0, 3, 6):
        assert 0 == looked_at(database, NOW + timedelta(days=days))

    assert [FILES, MAIN] == person.connected()


def test_one_server_that_still_declares_it_is_enough(database: Database, person: Person):
    """Servers are restarted one after the other, and a command line has an environment of its own."""
    for hour in range(72):
        assert 0 == looked_at_all_along(database, NOW + hour * HOUR, NOW + (hour + 1) * HOUR)
        assert 0 == looked_at(database, NOW + (hour + 1) * HOUR, FILES)

    assert person.consent(FILES) is not None


def test_what_is_stored_is_there_whatever_the_settings_say(database: Database, person: Person):
    create_resource(
        database,
        declaring(),
        definition={"identifier": FILES, "name": "Files"},
        is_default=False,
        now=NOW,
        context=HERE,
    )
    person = Person(database)
    assert 0 == looked_at_all_along(database, NOW, NOW + timedelta(days=2))

    assert person.consent(FILES) is not None


def test_while_all_are_there_nothing_is_written(database: Database, person: Person):
    def refuse(*_: object) -> int:
        raise AssertionError("a write")

    watched = pytest.MonkeyPatch()
    with watched.context() as patch:
        patch.setattr(database, "write", refuse)
        assert 0 == looked_at(database, NOW, FILES)
