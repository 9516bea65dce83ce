"""Where requests wait whose clients are described elsewhere: a crowd of them costs all others nothing."""

import asyncio
from collections.abc import Callable
from functools import cached_property, partial
from typing import ParamSpec, TypeVar

import anyio

P = ParamSpec("P")
T = TypeVar("T")
SPACING_SECONDS = 0.01
MOST_WAITING = 256
"""For a turn: whoever comes when so many wait goes on at once, so that nobody waits long and none pile up."""


class SideLane:
    """Belongs to one event loop."""

    def __init__(self) -> None:
        self._next_turn = 0.0
        self._turns = asyncio.Lock()
        self.waiting = 0
        """How many wait for a turn."""

    @cached_property
    def _thread(self) -> anyio.CapacityLimiter:
        """Made on the loop that it belongs to."""
        return anyio.CapacityLimiter(1)

    async def run(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a blocking call on the lane's one thread, so that a crowd never has all of them."""
        return await anyio.to_thread.run_sync(partial(function, *args, **kwargs), limiter=self._thread)

    async def turn(self) -> None:
        """Return ten milliseconds after whoever came before, for each goes on with milliseconds of work.

        They count from when that one went on, not from when it should have: a busy loop gets more time.
        """
        if self.waiting >= MOST_WAITING:
            return
        self.waiting += 1
        try:
            async with self._turns:
                loop = asyncio.get_running_loop()
                if (wait := self._next_turn - loop.time()) > 0:
                    await asyncio.sleep(wait)
                self._next_turn = loop.time() + SPACING_SECONDS
        finally:
            self.waiting -= 1
