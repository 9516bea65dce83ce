"""The clients a person is connected to."""

from datetime import timedelta

from doorward.audit import AuditTag
from doorward.oauth.records import Consent
from doorward.oauth.scope import Scope
from doorward.operations.disconnect import disconnect
from doorward.operations.list_connections import list_connections
from tests.builders import HERE, NOW, audited, given_a_user, given_an_authorization


def connected(database, user, now=NOW):
    return [authorization.public_id for authorization in list_connections(database, user_id=user.id, now=now)]


def remember_consent(database, user, client_id="dwd_client") -> None:
    consent = Consent(
        user_id=user.id,
        client_id=client_id,
        redirect_host="client.example",
        resource="https://mcp.example/http",
        scope=Scope.of(["mcp"]),
        granted_at=NOW,
    )
    database.write(lambda stores: stores.consents.remember(consent))


def is_remembered(database, user, client_id="dwd_client") -> bool:
    found = database.read(
        lambda stores: stores.consents.find(user.id, client_id, "client.example", "https://mcp.example/http")
    )
    return found is not None


def test_a_person_sees_their_own_live_connections(database):
    """The newest first; not those of others, unredeemed or expired (ASVS 10.7.3)."""
    user, other = given_a_user(database), given_a_user(database, email="eve@example.org")
    old = given_an_authorization(database, user)
    new = given_an_authorization(database, user, created_at=NOW + timedelta(minutes=1), client_name="Newer")
    given_an_authorization(database, user, activated_at=None)
    given_an_authorization(database, user, expires_at=NOW)
    given_an_authorization(database, other)

    assert [new.public_id, old.public_id] == connected(database, user)


def test_disconnecting_ends_that_one_connection(database):
    """The one named; the same client on another device stays (ASVS 10.4.9)."""
    user = given_a_user(database)
    laptop, phone = given_an_authorization(database, user), given_an_authorization(database, user)

    assert disconnect(database, user_id=user.id, public_id=laptop.public_id, now=NOW, context=HERE)

    assert [phone.public_id] == connected(database, user)
    assert [laptop.public_id] == [r.public_id for r in database.revocations.revoked_after(NOW)]
    (event,) = audited(database, AuditTag.AUTHORIZATION_REVOKED)
    assert (user.id, laptop.client_id, laptop.public_id, "disconnected") == (
        event.user_id,
        event.client_id,
        event.authorization,
        event.detail["reason"],
    )


def test_disconnecting_forgets_the_consent_to_that_client(database):
    """So that the person is asked again; other clients and people keep theirs."""
    user, other = given_a_user(database), given_a_user(database, email="eve@example.org")
    authorization = given_an_authorization(database, user)
    remember_consent(database, user)
    remember_consent(database, user, "dwd_other")
    remember_consent(database, other)

    disconnect(database, user_id=user.id, public_id=authorization.public_id, now=NOW, context=HERE)

    assert not is_remembered(database, user)
    assert is_remembered(database, user, "dwd_other")
    assert is_remembered(database, other)


def test_nobody_disconnects_what_is_not_theirs(database):
    """Another person's, an unknown and an ended one: nothing changes and nothing is audited."""
    user, other = given_a_user(database), given_a_user(database, email="eve@example.org")
    theirs = given_an_authorization(database, other)
    mine = given_an_authorization(database, user)
    remember_consent(database, other)
    disconnect(database, user_id=user.id, public_id=mine.public_id, now=NOW, context=HERE)

    for public_id in (theirs.public_id, mine.public_id, "unknown", ""):
        assert not disconnect(database, user_id=user.id, public_id=public_id, now=NOW, context=HERE)

    assert [theirs.public_id] == connected(database, other)
    assert is_remembered(database, other)
    assert 1 == len(audited(database, AuditTag.AUTHORIZATION_REVOKED))
