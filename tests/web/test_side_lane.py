"""Turns that are apart, and one thread for a crowd."""

import asyncio
import threading
import time
from itertools import pairwise

import pytest

from doorward.web.side_lane import MOST_WAITING, SPACING_SECONDS, SideLane

pytestmark = pytest.mark.anyio
CLOCK_SECONDS = 0.001
"""What the loop's clock may be early by."""


async def test_those_who_come_at_once_go_on_one_after_the_other() -> None:
    lane, went_on = SideLane(), list[float]()

    async def come() -> None:
        await lane.turn()
        went_on.append(asyncio.get_running_loop().time())

    begin = asyncio.get_running_loop().time()
    await asyncio.gather(*(come() for _ in range(20)))

    assert all(begin + number * SPACING_SECONDS <= at + CLOCK_SECONDS for number, at in enumerate(went_on))


async def test_who_comes_alone_goes_on_at_once() -> None:
    lane = SideLane()
    await lane.turn()
    await asyncio.sleep(2 * SPACING_SECONDS)
    turn = asyncio.ensure_future(lane.turn())
    await asyncio.sleep(0)

    assert turn.done()


async def test_a_loop_that_was_busy_does_not_let_them_all_go_on_at_once() -> None:
    lane, went_on = SideLane(), list[float]()

    async def come() -> None:
        await lane.turn()
        went_on.append(asyncio.get_running_loop().time())

    crowd = asyncio.gather(*(come() for _ in range(5)))
    await asyncio.sleep(0)
    time.sleep(5 * SPACING_SECONDS)  # noqa: ASYNC251 - a busy loop
    await crowd

    assert all(SPACING_SECONDS <= later - earlier + CLOCK_SECONDS for earlier, later in pairwise(went_on[1:]))


async def test_nobody_waits_behind_more_than_a_few() -> None:
    """However many come: a crowd does not pile up requests, and whoever comes later goes on at once."""
    lane = SideLane()
    crowd = [asyncio.ensure_future(lane.turn()) for _ in range(MOST_WAITING + 50)]
    await asyncio.sleep(0)
    await asyncio.sleep(0)

    assert 50 <= sum(turn.done() for turn in crowd) <= 52
    await asyncio.gather(*crowd)
    late = asyncio.ensure_future(lane.turn())
    await asyncio.sleep(2 * SPACING_SECONDS)
    assert late.done()


async def test_who_stops_waiting_leaves_the_lane() -> None:
    lane = SideLane()
    crowd = [asyncio.ensure_future(lane.turn()) for _ in range(MOST_WAITING)]
    await asyncio.sleep(0)
    for turn in crowd:
        turn.cancel()
    await asyncio.gather(*crowd, return_exceptions=True)
    await asyncio.sleep(2 * SPACING_SECONDS)

    assert 0 == lane.waiting


async def test_a_crowd_has_one_thread() -> None:
    lane, running, most = SideLane(), threading.Semaphore(1), list[bool]()

    def work() -> None:
        most.append(running.acquire(blocking=False))
        time.sleep(0.001)
        running.release()

    await asyncio.gather(*(lane.run(work) for _ in range(20)))

    assert [True] * 20 == most
