"""Answers on their way in: one for each wish, and nobody asks again for what came while they were looking."""

import asyncio
from collections.abc import Awaitable, Callable

from doorward.kit.bounded_cache import BoundedCache
from doorward.oauth.fetching import Fetch, FetchOutcome

REMEMBERED = 2_000


class Arrivals:
    """Belongs to one event loop; an answer has arrived once it is taken in, not when it was received."""

    def __init__(self) -> None:
        self._on_the_way: dict[Fetch, asyncio.Task[FetchOutcome]] = {}
        self._came: BoundedCache[Fetch, int] = BoundedCache(REMEMBERED)
        self._count = 0

    @property
    def count(self) -> int:
        """How many there were so far: to be read before looking at what is there."""
        return self._count

    async def wait_for(
        self, fetch: Fetch, bring: Callable[[Fetch], Awaitable[FetchOutcome]], *, since: int
    ) -> FetchOutcome | None:
        """What came of it: on its way, or brought now; None where it came since that count.

        Whoever stops waiting ends it for nobody else.
        """
        if (self._came.get(fetch) or 0) > since:
            return None
        task = self._on_the_way.get(fetch)
        if task is None:
            task = self._on_the_way[fetch] = asyncio.create_task(self._bring(fetch, bring))
        return await asyncio.shield(task)

    async def _bring(self, fetch: Fetch, bring: Callable[[Fetch], Awaitable[FetchOutcome]]) -> FetchOutcome:
        try:
            outcome = await bring(fetch)
            if outcome is not FetchOutcome.NOT_ASKED:
                self._count += 1
                self._came.put(fetch, self._count)
            return outcome
        finally:
            del self._on_the_way[fetch]
