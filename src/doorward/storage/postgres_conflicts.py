"""Runs a transaction again that PostgreSQL ended because of another one, not because of what it did."""

import random
import time
from collections.abc import Callable
from typing import TypeVar

from sqlalchemy.exc import DBAPIError

from doorward.kit.unit_of_work import DatabaseUnavailable

T = TypeVar("T")

ATTEMPTS = 5
_CONFLICTS = ("40001", "40P01")
"""serialization_failure and deadlock_detected: nothing of the transaction was kept, and a retry helps."""


def retried(run: Callable[[], T]) -> T:
    """Run a whole transaction, a few times if others get in its way.

    Raises:
        DatabaseUnavailable: they did so every time, or the database is at fault.
    """
    for attempt in range(1, ATTEMPTS):
        try:
            return run()
        except DatabaseUnavailable as error:
            if not _is_conflict(error):
                raise
            time.sleep(random.uniform(0, 0.005 * 2**attempt))  # noqa: S311 - jitter, so that the same two do not meet again
    return run()


def _is_conflict(error: DatabaseUnavailable) -> bool:
    cause = error.__cause__
    origin = cause.orig if isinstance(cause, DBAPIError) else cause
    return getattr(origin, "sqlstate", None) in _CONFLICTS
