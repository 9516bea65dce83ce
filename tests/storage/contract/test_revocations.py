"""The revocation feed: what was revoked, by public id, since an instant."""

from datetime import timedelta

from doorward.resource_server.ports import Revocation
from doorward.storage import Database
from tests.builders import NOW, an_api_key, given_a_plain_user, given_an_authorization

SECOND = timedelta(seconds=1)


def test_the_feed_has_authorizations_and_api_keys_from_an_instant_on(database: Database):
    user = given_a_plain_user(database)
    before = given_an_authorization(database, user, revoked_at=NOW - SECOND)
    at = given_an_authorization(database, user, revoked_at=NOW)
    alive = given_an_authorization(database, user)
    key = an_api_key(user.id, revoked_at=NOW + SECOND)
    live_key = an_api_key(user.id)
    database.write(lambda stores: [stores.api_keys.add(each) for each in (key, live_key)])

    feed = database.revocations.revoked_after(NOW)

    assert [Revocation(at.public_id, NOW), Revocation(key.public_id, NOW + SECOND)] == feed
    assert [True, True, True] == [database.revocations.is_revoked(it.public_id) for it in (before, at, key)]
    assert [False, False] == [database.revocations.is_revoked(it.public_id) for it in (alive, live_key)]


def test_what_is_unknown_is_not_revoked(database: Database):
    assert not database.revocations.is_revoked("unknown")
    assert not database.revocations.is_revoked("\x00")
    assert [] == database.revocations.revoked_after(NOW)


def test_a_revocation_is_in_the_feed_once_it_is_committed(database: Database):
    authorization = given_an_authorization(database, given_a_plain_user(database))

    database.write(lambda stores: stores.authorizations.revoke(authorization.id, at=NOW, reason="disconnected"))

    assert [Revocation(authorization.public_id, NOW)] == database.revocations.revoked_after(NOW - 60 * SECOND)
