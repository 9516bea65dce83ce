"""How often the lock of a SQLite file is left alone, so that another process gets it."""

import time

_PAUSE_AFTER = 0.05
_PAUSE = 0.002


class Pace:
    """After 50 ms of one group after the other the lock is left alone for 2 ms, so that another process gets it."""

    def __init__(self) -> None:
        self._released_at = self._busy_since = time.monotonic()

    def pause(self) -> float:
        """Return how many seconds to wait before the next group."""
        now = time.monotonic()
        if now - self._released_at > _PAUSE:
            self._busy_since = now
        elif now - self._busy_since > _PAUSE_AFTER:
            self._busy_since = now + _PAUSE
            return _PAUSE
        return 0.0

    def released(self) -> None:
        """Note that a group was committed."""
        self._released_at = time.monotonic()
