"""Fetches in flight: one for each address, so many at once, and no site may take the places of the others."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Generic, TypeVar

from doorward.kit.bounded_cache import BoundedCache
from doorward.kit.bucket import Bucket
from doorward.outbound.answer import FetchFailed

R = TypeVar("R")
SITES = 2_000
"""Whose rates are remembered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FlightLimits:
    """How many at once, and for how long."""

    in_the_air: int = 256
    in_the_air_for_a_site: int = 8
    waiting: int = 512
    waiting_for_a_site: int = 24
    burst_for_a_site: int = 60
    rate_for_a_site: float = 2.0
    """A second, once the burst is spent: nobody can have us ask one site all the time."""
    seconds: float = 5.0
    """For everything: waiting for a place, name look-up, connection, first to last byte."""
    slow_after: float = 1.0
    """A flight that has taken longer gives its place to a newcomer when all are taken."""


@dataclass(slots=True, eq=False)
class _Flight(Generic[R]):
    site: str
    cleared: asyncio.Event = field(default_factory=asyncio.Event)
    took_off_at: float = 0.0
    gave_way: bool = False
    task: "asyncio.Task[R | FetchFailed] | None" = None


class Flights(Generic[R]):
    """Runs fetches; those who ask for what is being fetched already wait for the same answer."""

    def __init__(self, limits: FlightLimits) -> None:
        self._limits = limits
        self._buckets: BoundedCache[str, Bucket] = BoundedCache(SITES)
        self._by_key: dict[str, _Flight[R]] = {}
        self._waiting: dict[_Flight[R], None] = {}
        self._flying: dict[_Flight[R], None] = {}
        """In the order in which they took off."""

    async def run(self, key: str, site: str, fly: Callable[[], Awaitable[R]]) -> R:
        """The answer of `fly`, or of the flight for the same key that is under way.

        Raises:
            FetchFailed: it took too long, gave way to others, or there is no room to wait.
        """
        flight = self._by_key.get(key)
        if flight is None:
            self._require_room(site)
            flight = _Flight[R](site)
            self._by_key[key] = flight
            self._waiting[flight] = None
            flight.task = asyncio.create_task(self._live(key, flight, fly))
            self._clear_waiting()
        assert flight.task is not None  # noqa: S101 - set where it was made
        outcome = await asyncio.shield(flight.task)
        if isinstance(outcome, FetchFailed):
            raise outcome
        return outcome

    def close(self) -> None:
        """End every flight."""
        ended = tuple(self._by_key.values())
        for flights in (self._by_key, self._waiting, self._flying):
            flights.clear()
        for flight in ended:
            if flight.task is not None:
                flight.task.cancel()

    @property
    def in_the_air(self) -> int:
        """How many fetches are under way."""
        return len(self._flying)

    async def _live(self, key: str, flight: _Flight[R], fly: Callable[[], Awaitable[R]]) -> R | FetchFailed:
        try:
            async with asyncio.timeout(self._limits.seconds):
                await flight.cleared.wait()
                return await fly()
        except FetchFailed as failure:
            return failure
        except TimeoutError:
            return FetchFailed("too_slow")
        except asyncio.CancelledError:
            if not flight.gave_way:
                raise
            return FetchFailed("gave_way")
        finally:
            self._by_key.pop(key, None)
            self._waiting.pop(flight, None)
            self._flying.pop(flight, None)
            self._clear_waiting()

    def _require_room(self, site: str) -> None:
        of_site = sum(flight.site == site for flight in self._waiting)
        if len(self._waiting) >= self._limits.waiting or of_site >= self._limits.waiting_for_a_site:
            raise FetchFailed("too_many_waiting")
        bucket = self._buckets.get(site)
        if bucket is None:
            bucket = Bucket(burst=self._limits.burst_for_a_site, rate=self._limits.rate_for_a_site)
            self._buckets.put(site, bucket)
        if bucket.take(datetime.fromtimestamp(asyncio.get_running_loop().time(), UTC)) is not None:
            raise FetchFailed("too_often")

    def _clear_waiting(self) -> None:
        """Let those take off for whom there is a place, the first come first."""
        flying = Counter(flight.site for flight in self._flying)
        for flight in tuple(self._waiting):
            if flying[flight.site] >= self._limits.in_the_air_for_a_site:
                continue
            if len(self._flying) >= self._limits.in_the_air and not self._make_room():
                return
            del self._waiting[flight]
            self._flying[flight] = None
            flying[flight.site] += 1
            flight.took_off_at = asyncio.get_running_loop().time()
            flight.cleared.set()

    def _make_room(self) -> bool:
        """End the flight that has taken longest, if that is long; otherwise look again when it is."""
        loop = asyncio.get_running_loop()
        slowest = next(iter(self._flying))
        left = slowest.took_off_at + self._limits.slow_after - loop.time()
        if left > 0:
            loop.call_later(left, self._clear_waiting)
            return False
        slowest.gave_way = True
        del self._flying[slowest]
        if slowest.task is not None:
            slowest.task.cancel()
        return True
