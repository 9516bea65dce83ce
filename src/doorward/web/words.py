"""Durations, dates and numbers in words."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

_UNITS = (
    (timedelta(days=365), "year"),
    (timedelta(days=1), "day"),
    (timedelta(hours=1), "hour"),
    (timedelta(minutes=1), "minute"),
    (timedelta(seconds=1), "second"),
)


def in_words(duration: timedelta) -> str:
    """A duration as people say it, in the largest unit that fits exactly, or rounded up in the largest that fits."""
    for unit, name in _UNITS:
        if duration >= unit and not duration % unit:
            return _counted(duration // unit, name)
    return at_least_in_words(duration)


def at_least_in_words(duration: timedelta) -> str:
    """A duration rounded up to whole units of the largest one it fills; for how long somebody has to wait."""
    for unit, name in _UNITS:
        if duration >= unit:
            return _counted(-(-duration // unit), name)
    return _counted(1, "second")


def day_in_words(instant: datetime, *, now: datetime) -> str:
    """The day of an instant in UTC: today, yesterday, or its date."""
    day, today = instant.astimezone(UTC).date(), now.astimezone(UTC).date()
    if day == today:
        return "today"
    if day == today - timedelta(days=1):
        return "yesterday"
    return f"{day.day} {day:%B %Y}"


@dataclass(frozen=True, slots=True)
class Day:
    """An instant, for machines and for people."""

    instant: str
    words: str


def day(instant: datetime, now: datetime) -> Day:
    """An instant as a page shows it: its day, and all of it for programs."""
    return Day(instant.isoformat(timespec="seconds"), day_in_words(instant, now=now))


def people_in_words(count: int) -> str:
    """So many people, to begin a sentence with: "Nobody is", "1 person is", "3 people are"."""
    return {0: "Nobody is", 1: "1 person is"}.get(count, f"{count} people are")


def _counted(count: int, name: str) -> str:
    return f"{count} {name}" if count == 1 else f"{count} {name}s"
