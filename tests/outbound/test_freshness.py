"""For how long an answer may be kept, by its own headers."""

from datetime import timedelta

import pytest

from doorward.outbound.freshness import freshness

DATE = "Date: Thu, 15 Jan 2026 12:00:00 GMT"


@pytest.mark.parametrize(
    ("lines", "seconds"),
    [
        ("", None),
        ("Cache-Control: public", None),
        ("Cache-Control: max-age=600", 600),
        ("cache-control: public, Max-Age=600, must-revalidate", 600),
        ('Cache-Control: max-age="600"', 600),
        ("Cache-Control: max-age=600\nAge: 100", 500),
        ("Cache-Control: max-age=600\nAge: 1000", -400),
        ("Cache-Control: no-store, max-age=600", 0),
        ("Cache-Control: no-cache", 0),
        ("Cache-Control: max-age=-1", 0),
        ("Cache-Control: max-age=soon", 0),
        ("Cache-Control: max-age=" + "9" * 400, 0),
        ("Cache-Control: max-age=999999999999", 10 * 365 * 86_400),
        (f"{DATE}\nExpires: Thu, 15 Jan 2026 13:00:00 GMT", 3600),
        (f"{DATE}\nExpires: Thu, 15 Jan 2026 11:00:00 GMT", -3600),
        (f"{DATE}\nExpires: 0", 0),
        ("Expires: Thu, 15 Jan 2026 13:00:00 GMT", 0),
        (f"{DATE}\nExpires: Thu, 15 Jan 2026 13:00:00 GMT\nCache-Control: max-age=60", 60),
        ("Cache-Control: \xff\xfe", None),
    ],
)
def test_freshness(lines: str, seconds: int | None) -> None:
    """RFC 9111 §4.2.1, §5.2.2, §5.3; what cannot be read counts as stale."""
    pairs = [line.split(": ", 1) for line in lines.split("\n") if line]
    headers = [(name.encode(), value.encode("latin-1")) for name, value in pairs]

    assert (None if seconds is None else timedelta(seconds=seconds)) == freshness(headers)
