"""Blocking clients."""

import pytest

from doorward.audit import AuditTag
from doorward.oauth.block_subject import InvalidBlockSubject
from doorward.operations.block_client import block_client
from doorward.operations.list_connections import list_connections
from tests.builders import HERE, NOW, a_client, audited, given_a_client_and_secret, given_a_user, given_an_authorization


def blocked(database) -> list[str]:
    return [rule.subject for rule in database.read(lambda stores: stores.clients.rules())]


def block(database, subject) -> int:
    return block_client(database, subject=subject, now=NOW, context=HERE).authorizations


def connected(database, user):
    return [a.public_id for a in list_connections(database, user_id=user.id, now=NOW)]


def test_blocking_a_client_id_revokes_what_it_holds(database):
    """Whether it has a row or describes itself (T14)."""
    user = given_a_user(database)
    given_an_authorization(database, user, client_id="dwp_Stateless")
    given_an_authorization(database, user, client_id="dwp_Stateless")
    spared = given_an_authorization(database, user, client_id="dwp_stateless")

    assert 2 == block(database, " dwp_Stateless\n")

    assert ["dwp_Stateless"] == blocked(database)
    assert [spared.public_id] == connected(database, user)
    (event,) = audited(database, AuditTag.CLIENT_BLOCKED)
    assert {"by": "operator", "subject": "dwp_Stateless", "authorizations": 2} == event.detail


def test_blocking_a_host_revokes_what_was_sent_there(database):
    """Every client, stored or not, whose answers go to that host."""
    user = given_a_user(database)
    for uri in ("https://Evil.example/cb", "https://evil.example:8443/other?x=1"):
        given_an_authorization(database, user, redirect_uri=uri)
    spared = [
        given_an_authorization(database, user, redirect_uri=uri).public_id
        for uri in ("https://notevil.example/cb", "https://evil.example.org/cb", "https://good.example/evil.example")
    ]

    assert 2 == block(database, "EVIL.example")

    assert ["evil.example"] == blocked(database)
    assert set(spared) == set(connected(database, user))


def test_blocking_a_host_ends_a_client_that_could_send_answers_there(database):
    """It is refused as a whole from now on, so its other Authorizations end, too."""
    user = given_a_user(database)
    client, _ = given_a_client_and_secret(
        database, redirect_uris=["https://good.example/cb", "https://evil.example/cb"]
    )
    given_an_authorization(database, user, client_id=client.client_id, redirect_uri="https://good.example/cb")

    assert 1 == block(database, "evil.example")
    assert [] == connected(database, user)


def test_an_id_from_the_seed_is_blocked_as_it_is_written(database):
    """Ids without a known form are found by their row."""
    user = given_a_user(database)
    client, _ = given_a_client_and_secret(database)
    given_an_authorization(database, user, client_id=client.client_id)

    assert 1 == block(database, client.client_id)
    assert [client.client_id] == blocked(database)


def test_blocking_twice_is_as_good_as_once(database):
    """And revokes what came in between."""
    user = given_a_user(database)
    assert 0 == block(database, "evil.example")
    given_an_authorization(database, user, redirect_uri="https://evil.example/cb")

    assert 1 == block(database, "evil.example")
    assert ["evil.example"] == blocked(database)


def test_a_word_is_a_client_id_when_a_client_has_it(database):
    """Ids of the seed have no form of their own."""
    database.write(lambda stores: stores.clients.add(a_client(client_id="legacy")))

    blocked_client = block_client(database, subject="legacy", now=NOW, context=HERE)

    assert "the client id legacy" == str(blocked_client.subject)


def test_blocking_a_scheme_revokes_what_was_sent_to_it(database):
    """An application's own scheme stands where a host would."""
    user = given_a_user(database)
    given_an_authorization(database, user, redirect_uri="com.example.app:/cb")

    assert 1 == block(database, "com.example.APP:")
    assert ["com.example.app:"] == blocked(database)


@pytest.mark.parametrize("subject", ["", "  ", "two words", "a\nb", "LOCALHOST:8431", "*.example.com", "typo"])
def test_what_is_no_subject_is_refused(database, subject):
    """Rather than recorded and without effect."""
    with pytest.raises(InvalidBlockSubject):
        block(database, subject)
    assert [] == blocked(database)
