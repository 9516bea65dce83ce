"""For how long an answer may be kept, by its own headers (RFC 9111 §4.2)."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

Headers = Iterable[tuple[bytes, bytes]]
_MOST_SECONDS = 10 * 365 * 86_400
_DO_NOT_KEEP = frozenset({"no-store", "no-cache"})


def freshness(headers: Headers) -> timedelta | None:
    """What is left of its freshness lifetime when it arrives; None when it does not say, zero when it forbids."""
    values: dict[str, str] = {}
    for name, value in headers:
        values.setdefault(name.decode("latin-1").lower(), value.decode("latin-1"))
    directives = _directives(values.get("cache-control", ""))
    if not _DO_NOT_KEEP.isdisjoint(directives):
        return timedelta(0)
    if (max_age := directives.get("max-age")) is not None:
        return timedelta(seconds=_seconds(max_age) - _seconds(values.get("age", "0")))
    if "expires" not in values:
        return None
    expires, date = _date(values["expires"]), _date(values.get("date", ""))
    return expires - date if expires is not None and date is not None else timedelta(0)


def _directives(text: str) -> dict[str, str]:
    pairs = (part.strip().partition("=") for part in text.split(","))
    return {name.strip().lower(): value.strip().strip('"') for name, _, value in pairs}


def _seconds(text: str) -> int:
    return min(int(text), _MOST_SECONDS) if text.isascii() and text.isdigit() and len(text) <= 12 else 0


def _date(text: str) -> datetime | None:
    try:
        found = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    return found if found.tzinfo is not None else None
