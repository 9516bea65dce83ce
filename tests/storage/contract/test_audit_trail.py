"""The audit trail is read as it was written, from its end or from where one stopped."""

from datetime import timedelta

import pytest

from doorward.audit import AuditEvent, AuditTag, RequestContext
from doorward.storage import Database
from tests.builders import HERE, NOW


def given_events(database: Database, count: int) -> list[AuditEvent]:
    events = [AuditEvent(tag=AuditTag.SIGNED_IN, at=NOW + timedelta(seconds=number)) for number in range(count)]
    database.write(lambda stores: [stores.audit.add(event) for event in events])
    return events


def test_an_event_is_read_as_it_was_written(database: Database):
    event = AuditEvent(
        tag=AuditTag.CODE_REFUSED,
        at=NOW,
        user_id="user",
        client_id="client",
        authorization="public",
        context=HERE,
        detail={"reason": "expired", "count": 3, "known": True, "nothing": None, "text": "ü\x00\ud800"},
    )
    database.write(lambda stores: stores.audit.add(event))

    ((_, read),) = database.read(lambda stores: stores.audit.tail(limit=10))
    assert event == read


def test_what_a_stranger_wrote_is_kept_as_far_as_it_can_be(database: Database):
    """A hostile `client_id` is audited, not a failure, and it cannot fill the disk."""
    hostile = AuditEvent(
        tag=AuditTag.CLIENT_AUTHENTICATION_FAILED,
        at=NOW,
        client_id="a\x00b\ud800c" + "x" * 10_000,
        context=RequestContext(address="\x00", request_id="\udfff"),
    )
    database.write(lambda stores: stores.audit.add(hostile))

    ((_, read),) = database.read(lambda stores: stores.audit.tail(limit=10))
    assert read.client_id is not None
    assert read.client_id.startswith("a\ufffdb\ufffdcxxx")
    assert 2_000 == len(read.client_id)
    assert RequestContext(address="\ufffd", request_id="\ufffd") == read.context


def test_the_newest_events_come_oldest_first(database: Database):
    events = given_events(database, 5)

    tail = database.read(lambda stores: stores.audit.tail(limit=3))

    assert events[2:] == [event for _, event in tail]
    assert sorted(number for number, _ in tail) == [number for number, _ in tail]


def test_reading_goes_on_where_it_stopped(database: Database):
    events = given_events(database, 5)
    ((first, _), *_) = database.read(lambda stores: stores.audit.tail(limit=5))

    after = database.read(lambda stores: stores.audit.tail(limit=2, after_id=first))

    assert events[1:3] == [event for _, event in after]
    assert [] == database.read(lambda stores: stores.audit.tail(limit=2, after_id=after[-1][0] + 2))


def test_an_event_of_a_unit_that_fails_is_not_written(database: Database):
    def unit(stores):
        stores.audit.add(AuditEvent(tag=AuditTag.SIGNED_IN, at=NOW))
        raise RuntimeError

    with pytest.raises(RuntimeError):
        database.write(unit)

    assert [] == database.read(lambda stores: stores.audit.tail(limit=10))
