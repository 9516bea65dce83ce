"""Where requests wait that name clients nobody has in memory: a crowd of them costs all others nothing."""

import asyncio
from collections.abc import Callable
from functools import cached_property, partial
from typing import ParamSpec, TypeVar

import anyio

P = ParamSpec("P")
T = TypeVar("T")
SPACING_SECONDS = 0.01


class SideLane:
    """Belongs to one event loop."""

    def __init__(self) -> None:
        self._next_turn = 0.0
        self._turns = asyncio.Lock()

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
        loop = asyncio.get_running_loop()
        async with self._turns:
            if (wait := self._next_turn - loop.time()) > 0:
                await asyncio.sleep(wait)
            self._next_turn = loop.time() + SPACING_SECONDS
