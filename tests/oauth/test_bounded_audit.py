"""What strangers cause is always logged, and fills the audit trail no faster than its rate."""

from datetime import datetime, timedelta

import structlog

from doorward.audit import AuditEvent, AuditTag
from doorward.oauth.bounded_audit import BoundedAudit
from doorward.storage import Database
from tests.builders import HERE, NOW, audited

TAG = AuditTag.CLIENT_AUTHENTICATION_FAILED


def record(audit: BoundedAudit, numbers: range, at: datetime = NOW) -> list[object]:
    """Record events of those numbers; the numbers that were logged."""
    with structlog.testing.capture_logs() as logged:
        for number in numbers:
            audit.record(AuditEvent(tag=TAG, at=at, context=HERE, detail={"number": number}))
    assert {str(TAG)} == {entry["event"] for entry in logged}
    return [entry["number"] for entry in logged]


def kept(database: Database) -> list[object]:
    return [event.detail["number"] for event in audited(database, TAG)]


def test_above_the_burst_events_go_to_the_log_only(database: Database) -> None:
    """A flood must not fill the disk (S53), and must not go unseen either (S38)."""
    logged = record(BoundedAudit(database, burst=3, rate=1), range(10))

    assert list(range(10)) == logged
    assert [0, 1, 2] == kept(database)


def test_the_trail_takes_events_again_at_its_rate(database: Database) -> None:
    audit = BoundedAudit(database, burst=2, rate=0.5)
    record(audit, range(5))
    record(audit, range(5, 8), NOW + timedelta(seconds=2))

    assert [0, 1, 5] == kept(database)


def test_honest_clients_never_reach_the_bounds(database: Database) -> None:
    """As it is composed: two hundred at once, and five a second."""
    audit = BoundedAudit(database)
    record(audit, range(201))
    record(audit, range(201, 207), NOW + timedelta(seconds=1))

    assert [*range(200), *range(201, 206)] == kept(database)


def test_a_flood_of_one_kind_hides_no_other(database: Database) -> None:
    """Each kind has its own bounds."""
    audit = BoundedAudit(database, burst=2, rate=1)
    record(audit, range(5))
    audit.record(AuditEvent(tag=AuditTag.CODE_REFUSED, at=NOW, context=HERE))

    assert 2 == len(kept(database))
    assert 1 == len(audited(database, AuditTag.CODE_REFUSED))
