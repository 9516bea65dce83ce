"""Durations and dates in words."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from doorward.web.words import at_least_in_words, day_in_words, in_words, people_in_words


@pytest.mark.parametrize(
    ("duration", "words"),
    [
        (timedelta(days=365), "1 year"),
        (timedelta(days=730), "2 years"),
        (timedelta(days=30), "30 days"),
        (timedelta(days=1), "1 day"),
        (timedelta(hours=1), "1 hour"),
        (timedelta(minutes=90), "90 minutes"),
        (timedelta(seconds=1), "1 second"),
        (timedelta(seconds=90), "90 seconds"),
        (timedelta(milliseconds=5), "1 second"),
    ],
)
def test_a_lifetime_is_said_in_the_largest_unit_that_fits_it_exactly(duration: timedelta, words: str) -> None:
    """People read 30 days, not 720 hours, and never a rounded lifetime."""
    assert words == in_words(duration)


@pytest.mark.parametrize(
    ("wait", "words"),
    [
        (timedelta(seconds=59), "59 seconds"),
        (timedelta(seconds=61), "2 minutes"),
        (timedelta(minutes=15), "15 minutes"),
        (timedelta(hours=1, seconds=1), "2 hours"),
    ],
)
def test_a_wait_is_rounded_up(wait: timedelta, words: str) -> None:
    """Whoever waits as long as the page says gets in."""
    assert words == at_least_in_words(wait)


def test_days_are_those_of_utc() -> None:
    """T5: instants are UTC, whatever zone they were written in."""
    now = datetime(2026, 3, 2, 0, 30, tzinfo=UTC)
    in_new_york = datetime(2026, 3, 1, 19, 45, tzinfo=timezone(timedelta(hours=-5)))

    assert "today" == day_in_words(in_new_york, now=now)
    assert "yesterday" == day_in_words(now - timedelta(hours=1), now=now)
    assert "1 January 2026" == day_in_words(datetime(2026, 1, 1, tzinfo=UTC), now=now)


def test_people_are_counted_in_words() -> None:
    assert ["Nobody is", "1 person is", "2 people are"] == [people_in_words(count) for count in range(3)]
