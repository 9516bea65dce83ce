"""Copies of what was fetched, kept by the rules of HTTP within bounds of ours (RFC 9111, RFC 5861 §4)."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Generic, Protocol, TypeVar

from doorward.kit.bounded_cache import BoundedCache
from doorward.oauth.fetching import Fetched, FetchOutcome

V = TypeVar("V")

LEAST_AGE = timedelta(minutes=1)
"""A copy is believed for so long, whatever its headers say, so that no client makes us fetch all the time."""
DEFAULT_AGE = timedelta(hours=1)
MOST_AGE = timedelta(hours=24)
STALE_LIFETIME = timedelta(days=7)
"""How long a copy serves while nothing newer can be had."""
RETRY_AFTER = timedelta(seconds=30)
"""What failed is not tried again sooner."""
GONE_CHECK = timedelta(minutes=10)
"""How far apart two answers must be before "gone" is believed, and how often it is asked again."""


class Unreadable(ValueError):
    """What was fetched is not what it should be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy(Generic[V]):
    """The last good answer of an address, if there was one, and what its last answers were."""

    value: V | None
    body: bytes
    fetched_at: datetime | None
    fresh_until: datetime
    attempted_at: datetime
    gone_since: datetime | None = None
    """The first of the answers that said so, without another in between."""
    is_refuted: bool = False
    """Whether the last answer was one, but unreadable."""
    refusal: str = ""
    """Why it was, for the log; not kept at rest."""

    def is_due(self, now: datetime) -> bool:
        """Whether it should be asked for again."""
        return now >= self.fresh_until

    def usable(self, now: datetime) -> V | None:
        """The value while something may still be built on it: fresh, or no newer one can be had."""
        return self.value if self.fetched_at is not None and now < self.fetched_at + STALE_LIFETIME else None

    def gone_for(self) -> timedelta:
        """Between the first and the last answer that said "gone"; zero when the last one did not."""
        return self.attempted_at - self.gone_since if self.gone_since is not None else timedelta(0)


class Kept(Protocol):
    """A copy at rest."""

    @property
    def body(self) -> bytes: ...
    @property
    def fetched_at(self) -> datetime: ...
    @property
    def fresh_until(self) -> datetime: ...
    @property
    def attempted_at(self) -> datetime: ...
    @property
    def gone_since(self) -> datetime | None: ...
    @property
    def is_refuted(self) -> bool: ...


class Copies(Generic[V]):
    """A bounded memory of copies by address; `read` makes a value of a body or raises Unreadable."""

    def __init__(self, size: int, read: Callable[[str, bytes], V]) -> None:
        self._copies: BoundedCache[str, Copy[V]] = BoundedCache(size)
        self._read = read

    def find(self, url: str) -> Copy[V] | None:
        """The copy, however old."""
        return self._copies.get(url)

    def is_due(self, url: str, now: datetime) -> bool:
        """Whether there is none, or one that should be asked for again."""
        copy = self.find(url)
        return copy is None or copy.is_due(now)

    def restore(self, url: str, kept: Kept) -> None:
        """Take in what was kept elsewhere; a body that is not acceptable any more leaves no value."""
        try:
            value = self._read(url, kept.body)
        except Unreadable:
            value = None
        self._copies.put(
            url,
            Copy(
                value=value,
                body=kept.body,
                fetched_at=kept.fetched_at,
                fresh_until=kept.fresh_until,
                attempted_at=kept.attempted_at,
                gone_since=kept.gone_since,
                is_refuted=kept.is_refuted,
            ),
        )

    def accept(self, fetched: Fetched) -> Copy[V]:
        """Take an answer in; a bad one never replaces the value of a good one."""
        url, before = fetched.fetch.url, self.find(fetched.fetch.url)
        copy = self._after(before, fetched)
        self._copies.put(url, copy)
        return copy

    def _after(self, before: Copy[V] | None, fetched: Fetched) -> Copy[V]:
        at = fetched.at
        if fetched.outcome is FetchOutcome.FOUND:
            try:
                value = self._read(fetched.fetch.url, fetched.body)
            except Unreadable as unreadable:
                return replace(self._without_answer(before, at, is_refuted=True), refusal=str(unreadable))
            age = min(max(DEFAULT_AGE if fetched.max_age is None else fetched.max_age, LEAST_AGE), MOST_AGE)
            return Copy(value=value, body=fetched.body, fetched_at=at, fresh_until=at + age, attempted_at=at)
        copy = self._without_answer(before, at, is_refuted=False)
        if fetched.outcome is FetchOutcome.GONE:
            since = before.gone_since if before is not None else None
            return replace(copy, gone_since=since or at, fresh_until=at + GONE_CHECK)
        return copy

    def _without_answer(self, before: Copy[V] | None, at: datetime, *, is_refuted: bool) -> Copy[V]:
        if before is None:
            return Copy(
                value=None,
                body=b"",
                fetched_at=None,
                fresh_until=at + RETRY_AFTER,
                attempted_at=at,
                is_refuted=is_refuted,
            )
        return replace(before, fresh_until=at + RETRY_AFTER, attempted_at=at, gone_since=None, is_refuted=is_refuted)
