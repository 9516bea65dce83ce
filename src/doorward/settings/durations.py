"""Durations as people write them, and what a lifetime may be."""

import re
from datetime import timedelta
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator

EXAMPLES = "30s, 15m, 1h, 30d, 3600 (seconds) or PT1H (ISO 8601)"
LONGEST = timedelta(days=3650)
_UNITS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}
_DURATION = re.compile(r"(?P<number>[0-9]{1,12})(?P<unit>[smhd]?)\Z")


def read_duration(value: object) -> object:
    """Turn `15m` and the like into a `timedelta`; ISO 8601 and other types go on as they are."""
    if not isinstance(value, str):
        return value
    text = value.strip()
    if match := _DURATION.match(text):
        return _within_reach(int(match["number"]) * _UNITS[match["unit"]])
    if text.startswith("P"):
        return text
    raise ValueError(f"must be a duration such as {EXAMPLES}")


def write_duration(value: timedelta) -> str:
    """The shortest spelling that `read_duration` gives back as `value`."""
    seconds = int(value.total_seconds())
    for unit in ("d", "h", "m"):
        if seconds and seconds % _UNITS[unit] == 0:
            return f"{seconds // _UNITS[unit]}{unit}"
    return f"{seconds}s"


def _within_reach(seconds: int) -> timedelta:
    return timedelta(seconds=min(seconds, int(LONGEST.total_seconds()) + 1))


def _check_window(value: timedelta) -> timedelta:
    if value < timedelta(0) or value % timedelta(seconds=1) or value > LONGEST:
        raise ValueError(
            f"must be whole seconds, at most {write_duration(LONGEST)}: write a duration such as {EXAMPLES}"
        )
    return value


def _check_lifetime(value: timedelta) -> timedelta:
    if value <= timedelta(0):
        raise ValueError(f"must be longer than nothing: write a duration such as {EXAMPLES}")
    return _check_window(value)


def at_most(longest: timedelta, *, because: str = "") -> AfterValidator:
    """A rule for one setting: not longer than that."""

    def check(value: timedelta) -> timedelta:
        if value > longest:
            raise ValueError(
                f"must be at most {write_duration(longest)}{because}: write a shorter duration such as 60s"
            )
        return value

    return AfterValidator(check)


def at_least(shortest: timedelta) -> AfterValidator:
    """A rule for one setting: not shorter than that."""

    def check(value: timedelta) -> timedelta:
        if value < shortest:
            written = write_duration(shortest)
            raise ValueError(f"must be at least {written}: write a longer duration such as {written}")
        return value

    return AfterValidator(check)


Lifetime = Annotated[timedelta, BeforeValidator(read_duration), AfterValidator(_check_lifetime)]
"""Longer than nothing."""

Window = Annotated[timedelta, BeforeValidator(read_duration), AfterValidator(_check_window)]
"""Possibly nothing."""
