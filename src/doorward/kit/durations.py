"""Durations as people write them: `30s`, `15m`, `1h`, `30d`, or seconds alone."""

import re
from datetime import timedelta

LONGEST = timedelta(days=3650)
_UNITS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}
_DURATION = re.compile(r"(?P<number>[0-9]{1,12})(?P<unit>[smhd]?)\Z")


def parse_duration(text: str) -> timedelta | None:
    """The duration, cut off a second past `LONGEST`; None when it is not written that way."""
    match = _DURATION.match(text)
    if match is None:
        return None
    seconds = int(match["number"]) * _UNITS[match["unit"]]
    return timedelta(seconds=min(seconds, int(LONGEST.total_seconds()) + 1))


def write_duration(value: timedelta) -> str:
    """The shortest spelling that `parse_duration` gives back as `value`."""
    seconds = int(value.total_seconds())
    for unit in ("d", "h", "m"):
        if seconds and seconds % _UNITS[unit] == 0:
            return f"{seconds // _UNITS[unit]}{unit}"
    return f"{seconds}s"
