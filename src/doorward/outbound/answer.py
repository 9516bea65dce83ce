"""What comes of a fetch."""

from dataclasses import dataclass
from datetime import timedelta


class FetchFailed(Exception):
    """There is no answer; `reason` is for the log, and tells strangers nothing."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class NotAsked(FetchFailed):
    """There was no room to ask, which says nothing of the other side: whoever comes next may try again."""


class NotReached(FetchFailed):
    """There was nobody to speak to, which was found out at next to no cost."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An answer that arrived whole, within its bounds and in time."""

    status: int
    media_type: str
    """Without parameters, in lower case."""
    max_age: timedelta | None
    """For how long it says it may be kept; None when it does not say."""
    body: bytes
