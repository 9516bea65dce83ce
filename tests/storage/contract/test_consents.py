"""The consent store: one consent for each user, client, host and resource."""

from dataclasses import replace
from datetime import timedelta

from doorward.oauth.records import Consent
from doorward.oauth.scope import Scope
from doorward.storage import Database
from tests.builders import NOW, a_consent


def found(database: Database, consent: Consent) -> Consent | None:
    key = (consent.user_id, consent.client_id, consent.redirect_host, consent.resource)
    return database.read(lambda stores: stores.consents.find(*key))


def test_a_consent_is_found_under_its_whole_key_only(database: Database):
    consent = a_consent()
    database.write(lambda stores: stores.consents.remember(consent))

    assert consent == found(database, consent)
    for member in ("user_id", "client_id", "redirect_host", "resource"):
        assert found(database, replace(consent, **{member: "another"})) is None


def test_a_newer_consent_replaces_the_older(database: Database):
    older = a_consent()
    newer = replace(older, scope=Scope.of(["mcp", "more"]), granted_at=NOW + timedelta(days=1))
    for consent in (older, newer):
        database.write(lambda stores, it=consent: stores.consents.remember(it))

    assert newer == found(database, older)


def test_a_client_is_forgotten_for_one_user_wherever_it_answers(database: Database):
    kept = [a_consent(user_id="another"), a_consent(client_id="another")]
    forgotten = [a_consent(), a_consent(redirect_host="other.example")]
    database.write(lambda stores: [stores.consents.remember(consent) for consent in kept + forgotten])

    database.write(lambda stores: stores.consents.forget("user", "dwd_client"))

    assert kept == [found(database, consent) for consent in kept]
    assert [None, None] == [found(database, consent) for consent in forgotten]


def test_what_everybody_allowed_at_a_resource_is_forgotten_at_once(database: Database):
    there = [a_consent(user_id=user, client_id=client) for user in ("a", "b") for client in ("c", "d")]
    elsewhere = a_consent(resource="https://mcp.example/other")
    database.write(lambda stores: [stores.consents.remember(one) for one in (*there, elsewhere)])
    database.write(lambda stores: stores.consents.forget_resource(there[0].resource))

    assert [None] * 4 == [found(database, consent) for consent in there]
    assert elsewhere == found(database, elsewhere)
