"""Durations as people write them, and what a lifetime may be."""

from datetime import timedelta
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator

from doorward.kit.durations import LONGEST, parse_duration, write_duration

EXAMPLES = "30s, 15m, 1h, 30d, 3600 (seconds) or PT1H (ISO 8601)"


def read_duration(value: object) -> object:
    """Turn `15m` and the like into a `timedelta`; ISO 8601 and other types go on as they are."""
    if not isinstance(value, str):
        return value
    text = value.strip()
    if (duration := parse_duration(text)) is not None:
        return duration
    if text.startswith("P"):
        return text
    raise ValueError(f"must be a duration such as {EXAMPLES}")


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
