"""The sweeper removes what is over, in small batches, and nothing that is not."""

from datetime import datetime, timedelta

from doorward.audit import AuditEvent, AuditTag
from doorward.oauth.records import AuthorizationCode
from doorward.storage import Database
from tests.builders import (
    NOW,
    a_claim,
    a_session,
    an_api_key,
    an_invitation,
    given_a_code,
    given_a_plain_user,
    given_an_authorization,
)

DAY = timedelta(days=1)
AUDIT_RETENTION = 400 * DAY


def sweep(database: Database, *, now: datetime = NOW, limit: int = 100) -> int:
    return database.write(lambda stores: stores.sweeper.sweep(now, audit_retention=AUDIT_RETENTION, limit=limit))


def is_kept(database: Database, code: AuthorizationCode) -> bool:
    return database.token_path.explain_code(code.code_hash) is not None


def test_a_new_database_has_nothing_to_sweep(database: Database):
    assert 0 == sweep(database)


def test_a_code_goes_a_day_after_its_end(database: Database):
    """Until then its replay is recognised (T4); after it the row takes no room (S17)."""
    code = given_a_code(database)
    database.token_path.redeem_code(a_claim(code), NOW)

    assert 0 == sweep(database, now=code.expires_at + DAY - timedelta(microseconds=1))
    assert is_kept(database, code)
    assert 1 == sweep(database, now=code.expires_at + DAY)
    assert not is_kept(database, code)
    assert database.token_path.explain_refresh_token(code.authorization_id)


def test_an_authorization_that_was_never_opened_goes_with_its_last_code(database: Database):
    code = given_a_code(database)

    assert 2 == sweep(database, now=code.expires_at + DAY)
    assert database.token_path.explain_refresh_token(code.authorization_id) is None


def test_an_authorization_that_was_never_opened_stays_while_a_code_of_it_does(database: Database):
    code = given_a_code(database)
    newer = given_a_code(database, authorization_id=code.authorization_id, expires_at=code.expires_at + DAY)

    sweep(database, now=code.expires_at + DAY)

    assert not is_kept(database, code)
    assert is_kept(database, newer)


def test_an_authorization_goes_thirty_days_after_it_ended(database: Database):
    user = given_a_plain_user(database)
    gone = [
        given_an_authorization(database, user, expires_at=NOW - 30 * DAY),
        given_an_authorization(database, user, revoked_at=NOW - 30 * DAY),
    ]
    kept = [
        given_an_authorization(database, user),
        given_an_authorization(database, user, expires_at=NOW - 29 * DAY),
        given_an_authorization(database, user, revoked_at=NOW - 29 * DAY),
    ]

    assert 2 == sweep(database)
    assert [None, None] == [database.token_path.explain_refresh_token(it.id) for it in gone]
    assert kept == [database.token_path.explain_refresh_token(it.id) for it in kept]


def test_sessions_invitations_and_counters_go_when_they_end(database: Database):
    user = given_a_plain_user(database)

    def unit(stores):
        for expires_at in (NOW, NOW + DAY):
            stores.sessions.add(a_session(user.id, expires_at=expires_at))
            stores.invitations.add(an_invitation(expires_at=expires_at))
        stores.throttle.take("over", burst=1, period=DAY, now=NOW - DAY)
        stores.throttle.take("counts", burst=1, period=DAY, now=NOW)
        stores.api_keys.add(an_api_key(user.id, expires_at=NOW - 100 * DAY))

    database.write(unit)

    assert 3 == sweep(database)
    assert 1 == len(database.read(lambda stores: stores.api_keys.list_of_user(user.id)))
    assert database.write(lambda stores: stores.throttle.take("counts", burst=1, period=DAY, now=NOW)) == DAY


def test_a_batch_has_at_most_so_many_rows_of_each_kind(database: Database):
    user = given_a_plain_user(database)
    database.write(lambda stores: [stores.sessions.add(a_session(user.id, expires_at=NOW)) for _ in range(5)])

    assert [2, 2, 1, 0] == [sweep(database, limit=2) for _ in range(4)]


def test_an_api_key_goes_thirty_days_after_it_was_revoked(database: Database):
    """What ended is named by the revocation feed until no process can believe in it any more."""
    user = given_a_plain_user(database)
    revoked = [an_api_key(user.id, revoked_at=NOW - days * DAY) for days in (30, 29)]
    live = an_api_key(user.id)
    database.write(lambda stores: [stores.api_keys.add(key) for key in (*revoked, live)])

    assert 1 == sweep(database)
    assert [False, True] == [database.revocations.is_revoked(key.public_id) for key in revoked]
    assert [live] == database.read(lambda stores: stores.api_keys.list_of_user(user.id))


def test_audit_events_go_when_they_are_kept_no_longer(database: Database):
    """T8: nothing that strangers can grow stays for ever."""
    database.write(lambda stores: stores.audit.add(AuditEvent(tag=AuditTag.SIGNED_OUT, at=NOW)))

    assert 0 == sweep(database, now=NOW + AUDIT_RETENTION - timedelta(microseconds=1))
    assert 1 == len(database.read(lambda stores: stores.audit.tail(limit=10)))
    assert 1 == sweep(database, now=NOW + AUDIT_RETENTION)
    assert [] == database.read(lambda stores: stores.audit.tail(limit=10))


def test_the_oldest_audit_events_go_first(database: Database):
    events = [AuditEvent(tag=AuditTag.SIGNED_OUT, at=NOW + number * DAY) for number in (2, 0, 1)]
    database.write(lambda stores: [stores.audit.add(event) for event in events])

    assert 2 == sweep(database, now=NOW + 500 * DAY, limit=2)
    assert [events[0]] == [event for _, event in database.read(lambda stores: stores.audit.tail(limit=10))]
