"""A bucket of permits in this process: a burst, then so many a second (GCRA)."""

import threading
from datetime import datetime, timedelta


class Bucket:
    """Admits a burst at once and a steady rate after it; safe to share between threads."""

    def __init__(self, *, burst: int, rate: float) -> None:
        self._interval = timedelta(seconds=1 / rate)
        self._tolerance = self._interval * (burst - 1)
        self._next: datetime | None = None
        self._lock = threading.Lock()

    def take(self, now: datetime) -> timedelta | None:
        """Use a permit up; None when there was one, else how long until there is."""
        with self._lock:
            due = max(self._next or now, now)
            wait = due - now - self._tolerance
            if wait > timedelta(0):
                return wait
            self._next = due + self._interval
            return None
