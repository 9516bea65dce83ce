"""The bucket of permits."""

from datetime import UTC, datetime, timedelta

from doorward.kit.bucket import Bucket

START = datetime(2026, 1, 1, tzinfo=UTC)


def test_a_burst_passes_and_then_a_steady_rate() -> None:
    bucket = Bucket(burst=3, rate=2)

    at_once = [bucket.take(START) for _ in range(4)]
    later = [bucket.take(START + timedelta(seconds=0.5)) for _ in range(2)]

    assert [None, None, None, timedelta(seconds=0.5)] == at_once
    assert [None, timedelta(seconds=0.5)] == later


def test_a_rest_refills_the_burst_and_no_more() -> None:
    bucket = Bucket(burst=2, rate=1)
    for _ in range(2):
        bucket.take(START)

    after_an_hour = [bucket.take(START + timedelta(hours=1)) for _ in range(3)]

    assert [None, None, timedelta(seconds=1)] == after_an_hour
