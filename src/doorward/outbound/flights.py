"""Fetches in flight: one for each address, so many at once, and no site may take the places of the others."""

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Generic, TypeVar

from doorward.kit.bounded_cache import BoundedCache
from doorward.kit.bucket import Bucket
from doorward.outbound.answer import FetchFailed, NotAsked, NotReached

R = TypeVar("R")
BUCKETS = 4_000
"""Of sites and hosts whose rates are remembered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FlightLimits:
    """How many at once, and for how long."""

    in_the_air: int = 256
    in_the_air_for_a_site: int = 16
    in_the_air_for_a_host: int = 8
    waiting: int = 256
    """Of what strangers name, and as many of what is known; when so many wait, a newcomer takes the place of one."""
    waiting_for_a_site: int = 48
    waiting_for_a_host: int = 16
    burst_for_a_site: int = 240
    rate_for_a_site: float = 8.0
    """A second, once the burst is spent: nobody can have us ask one site all the time."""
    burst_for_a_host: int = 60
    rate_for_a_host: float = 2.0
    """So that no tenant of a site spends what the others need; what is known has as much for each address."""
    seconds: float = 5.0
    """For everything: waiting for a place, name look-up, connection, first to last byte."""
    spacing: float = 0.01
    """Seconds from one take-off to the next, for each costs milliseconds of the loop that everybody shares.

    One that reaches nobody costs next to nothing, and the next need not wait.
    """
    slow_after: float = 1.0
    """A flight that has taken longer gives its place to a newcomer when all are taken, or all of its site."""


@dataclass(slots=True, eq=False)
class _Flight(Generic[R]):
    site: str
    host: str
    is_known: bool
    cleared: asyncio.Event = field(default_factory=asyncio.Event)
    took_off_at: float = 0.0
    gave_way: bool = False
    task: "asyncio.Task[R | FetchFailed] | None" = None


class Flights(Generic[R]):
    """Runs fetches; those who ask for what is being fetched already wait for the same answer."""

    def __init__(self, limits: FlightLimits) -> None:
        self._limits = limits
        self._buckets: BoundedCache[str, Bucket] = BoundedCache(BUCKETS)
        self._by_key: dict[str, _Flight[R]] = {}
        self._waiting: dict[_Flight[R], None] = {}
        self._flying: dict[_Flight[R], None] = {}
        """In the order in which they took off."""
        self._next_take_off = 0.0
        self._looks_again_at = 0.0
        self._timer: asyncio.TimerHandle | None = None

    async def run(
        self, key: str, site: str, fly: Callable[[], Awaitable[R]], *, host: str = "", is_known: bool = False
    ) -> R:
        """The answer of `fly`, or of the flight for the same key that is under way.

        Raises:
            FetchFailed: it took too long.
            NotAsked: it gave way to others, or its site has no room to wait.
        """
        flight = self._by_key.get(key)
        if flight is None:
            flight = _Flight[R](site, host or site, is_known)
            self._require_room(key, flight)
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
        if self._timer is not None:
            self._timer.cancel()
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
                return NotAsked("gave_way") if flight.gave_way else await fly()
        except FetchFailed as failure:
            if isinstance(failure, NotReached):
                self._next_take_off = 0.0
            return failure
        except TimeoutError:
            return self._too_late(flight)
        except asyncio.CancelledError:
            if not flight.gave_way:
                raise
            return NotAsked("gave_way")
        finally:
            self._by_key.pop(key, None)
            self._waiting.pop(flight, None)
            self._flying.pop(flight, None)
            self._clear_waiting()

    def _too_late(self, flight: _Flight[R]) -> FetchFailed:
        """Whose fault it is: who waited here for most of the time was hardly asked."""
        flown = asyncio.get_running_loop().time() - flight.took_off_at if flight.took_off_at else 0
        return FetchFailed("too_slow") if flown * 2 >= self._limits.seconds else NotAsked("too_many_waiting")

    def _require_room(self, key: str, flight: _Flight[R]) -> None:
        limits, rivals = self._limits, [other for other in self._waiting if other.is_known == flight.is_known]
        of_site = sum(other.site == flight.site for other in self._waiting)
        of_host = sum(other.host == flight.host for other in self._waiting)
        if of_site >= limits.waiting_for_a_site or of_host >= limits.waiting_for_a_host:
            raise NotAsked("too_many_waiting")
        now = datetime.fromtimestamp(asyncio.get_running_loop().time(), UTC)
        of_one = f"known {key}" if flight.is_known else f"host {flight.host}"
        buckets = [self._bucket(of_one, limits.burst_for_a_host, limits.rate_for_a_host)]
        if not flight.is_known:
            buckets.append(self._bucket(f"site {flight.site}", limits.burst_for_a_site, limits.rate_for_a_site))
        if any(bucket.take(now) is not None for bucket in buckets):
            raise NotAsked("too_often")
        if len(rivals) >= limits.waiting:
            self._send_away(random.choice(rivals))  # noqa: S311 - any will do

    def _send_away(self, flight: _Flight[R]) -> None:
        """So a crowd that fills the queue takes its share of it, and newcomers have theirs, however fast it comes."""
        flight.gave_way = True
        del self._waiting[flight]
        flight.cleared.set()

    def _bucket(self, name: str, burst: int, rate: float) -> Bucket:
        bucket = self._buckets.get(name)
        if bucket is None:
            bucket = Bucket(burst=burst, rate=rate)
            self._buckets.put(name, bucket)
        return bucket

    def _clear_waiting(self) -> None:
        """Let those take off for whom there is a place, the first come first but for what is known."""
        now = asyncio.get_running_loop().time()
        if now < self._next_take_off:
            if self._waiting:
                self._look_again(self._next_take_off)
            return
        flying_for_site = Counter(flight.site for flight in self._flying)
        flying_for_host = Counter(flight.host for flight in self._flying)
        full: set[str] = set()
        prefers_known = self._prefers_known()
        for flight in sorted(self._waiting, key=lambda one: one.is_known and prefers_known, reverse=True):
            if flight.site in full or flying_for_host[flight.host] >= self._limits.in_the_air_for_a_host:
                continue
            of_site = flying_for_site[flight.site] >= self._limits.in_the_air_for_a_site
            if of_site or len(self._flying) >= self._limits.in_the_air:
                ended = self._make_room(flight.site if of_site else None)
                if ended is None and not of_site:
                    return
                if ended is None:
                    full.add(flight.site)
                    continue
                flying_for_site[ended.site] -= 1
                flying_for_host[ended.host] -= 1
            del self._waiting[flight]
            self._flying[flight] = None
            flying_for_site[flight.site] += 1
            flying_for_host[flight.host] += 1
            flight.took_off_at = now
            flight.cleared.set()
            self._next_take_off = now + self._limits.spacing
            if self._waiting:
                self._look_again(self._next_take_off)
            return

    def _make_room(self, site: str | None) -> _Flight[R] | None:
        """End the flight, if need be of that site, that has taken longest, if that is long; else look again when it is.

        What is known gives way to nobody while it is preferred, if there is anything else.
        """
        now = asyncio.get_running_loop().time()
        rivals = [flight for flight in self._flying if site in (None, flight.site)]
        if self._prefers_known():
            rivals = [flight for flight in rivals if not flight.is_known] or rivals
        slow = [flight for flight in rivals if flight.took_off_at + self._limits.slow_after <= now]
        if not slow:
            self._look_again(rivals[0].took_off_at + self._limits.slow_after)
            return None
        slowest = slow[0]
        slowest.gave_way = True
        del self._flying[slowest]
        if slowest.task is not None:
            slowest.task.cancel()
        return slowest

    def _prefers_known(self) -> bool:
        """Until what is known has half of all places: it may turn hostile too."""
        return sum(flight.is_known for flight in self._flying) * 2 < self._limits.in_the_air

    def _look_again(self, at: float) -> None:
        """At that time, or at an earlier one that was asked for already; a loop's clock may be late for either."""
        if self._timer is not None:
            if self._looks_again_at <= at:
                return
            self._timer.cancel()
        self._looks_again_at = at
        self._timer = asyncio.get_running_loop().call_at(at, self._look)

    def _look(self) -> None:
        self._timer = None
        self._clear_waiting()
