"""The loop between the core's needs and the network."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import cast

import pytest

from doorward.kit.clock import SystemClock
from doorward.kit.unit_of_work import DatabaseUnavailable
from doorward.oauth.fetching import Fetch, Fetched, FetchKind, FetchOutcome
from doorward.oauth.look_ups import DocumentLookUpNeeded, LookUpNeeded
from doorward.oauth.server import Server
from doorward.web.arrivals import Arrivals
from doorward.web.context import Web
from doorward.web.fetching import MAX_ROUNDS, fetch_needed
from tests.builders import NOW

pytestmark = pytest.mark.anyio
DOCUMENT = Fetch(FetchKind.CLIENT_METADATA, "https://app.example/client.json")
KEYS = Fetch(FetchKind.JWK_SET, "https://app.example/jwks.json")


@dataclass
class World:
    """A server that remembers what it accepted, a network that always answers, and threads that are counted."""

    accepted: list[Fetch] = field(default_factory=list)
    fetched: list[Fetch] = field(default_factory=list)
    threads: int = 0
    turns: int = 0
    outcome: FetchOutcome = FetchOutcome.FOUND
    clock: SystemClock = field(default_factory=SystemClock)
    arrivals: Arrivals = field(default_factory=Arrivals)

    @property
    def server(self) -> "World":
        return self

    @property
    def lane_of_strangers(self) -> "World":
        return self

    @property
    def lane_of_the_known(self) -> "World":
        return self

    @property
    def fetcher(self) -> "World":
        return self

    @property
    def acceptors(self) -> dict[FetchKind, Callable[[Fetched], None]]:
        return dict.fromkeys(FetchKind, lambda fetched: self.accepted.append(fetched.fetch))

    @property
    def warm_server(self) -> "World":
        return self

    async def fetch(self, fetch: Fetch) -> Fetched:
        self.fetched.append(fetch)
        return Fetched(fetch=fetch, outcome=self.outcome, at=NOW)

    async def run(self, function: Callable[..., object], *args: object) -> object:
        self.threads += 1
        return function(*args)

    async def turn(self) -> None:
        self.turns += 1


async def needed(world: World, needs: Callable[[World], tuple[Fetch, ...]]) -> None:
    def asked(server: Server, now: datetime) -> tuple[Fetch, ...]:
        return needs(cast("World", server))

    await fetch_needed(cast("Web", world), asked)


async def test_what_needs_nothing_costs_no_thread() -> None:
    world = World()
    await needed(world, lambda server: ())

    assert 0 == world.threads


async def test_what_an_answer_asks_for_is_fetched_in_the_next_round() -> None:
    """A document first, then the key set that it names."""
    world = World()
    await needed(
        world, lambda server: () if KEYS in server.accepted else (KEYS,) if DOCUMENT in server.accepted else (DOCUMENT,)
    )

    assert [DOCUMENT, KEYS] == world.fetched == world.accepted


async def test_where_there_was_no_room_to_ask_nothing_is_learnt_and_the_next_one_asks_again() -> None:
    world = World(outcome=FetchOutcome.NOT_ASKED)
    await needed(world, lambda server: () if server.accepted else (DOCUMENT,))
    assert [] == world.accepted
    assert [DOCUMENT] == world.fetched

    world.outcome = FetchOutcome.FOUND
    await needed(world, lambda server: () if server.accepted else (DOCUMENT,))
    assert [DOCUMENT] == world.accepted


async def test_only_those_who_waited_for_nothing_go_on_in_turn() -> None:
    """Those who ask for one address too: what they have in common is the moment in which it fails."""
    world = World()
    await asyncio.gather(*(needed(world, lambda server: () if server.accepted else (DOCUMENT,)) for _ in range(3)))
    assert 0 == world.turns

    world.outcome = FetchOutcome.NOT_ASKED
    await asyncio.gather(*(needed(world, lambda _server: (KEYS,)) for _ in range(3)))
    assert 3 == world.turns


async def test_it_gives_up_after_three_rounds() -> None:
    """Whoever never has enough is told so by the core."""
    world = World()
    await needed(world, lambda server: (DOCUMENT,))

    assert MAX_ROUNDS == len(world.fetched)


@pytest.mark.parametrize(
    ("needed_look_up", "where"),
    [
        (DocumentLookUpNeeded(is_known=False), "lane_of_strangers"),
        (DocumentLookUpNeeded(is_known=True), "lane_of_the_known"),
        (LookUpNeeded(), "elsewhere"),
    ],
)
async def test_who_is_known_does_not_wait_behind_a_crowd_of_strangers(needed_look_up: LookUpNeeded, where: str) -> None:
    places = {name: World() for name in ("lane_of_strangers", "lane_of_the_known", "elsewhere")}
    world = places["elsewhere"]

    def needs(_server: World) -> tuple[Fetch, ...]:
        if not any(place.threads for place in places.values()):
            raise needed_look_up
        return ()

    with pytest.MonkeyPatch.context() as patch:
        for lane in ("lane_of_strangers", "lane_of_the_known"):
            patch.setattr(World, lane, places[lane])
        await needed(world, needs)

    assert {where: 1} == {name: place.threads for name, place in places.items() if place.threads}


async def test_where_memory_does_not_say_a_thread_looks_it_up() -> None:
    world = World()

    def needs(server: World) -> tuple[Fetch, ...]:
        if world.threads == 0:
            raise LookUpNeeded
        return ()

    await needed(world, needs)

    assert 1 == world.threads


class SlowThreads(World):
    """Threads whose results come in late: each waits until it is let go on."""

    def __init__(self) -> None:
        super().__init__()
        self.finished: dict[str, asyncio.Event] = {name: asyncio.Event() for name in ("looking", "taking in")}

    async def run(self, function: Callable[..., object], *args: object) -> object:
        result = await super().run(function, *args)
        await self.finished["looking" if isinstance(result, tuple) else "taking in"].wait()
        return result


def until_accepted(server: World) -> tuple[Fetch, ...]:
    return () if DOCUMENT in server.accepted else (DOCUMENT,)


async def settled() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


async def test_what_came_while_one_was_looking_is_not_fetched_again() -> None:
    """The answer is fetched and taken in between somebody's look and their wish."""
    world = SlowThreads()
    world.finished["taking in"].set()

    def on_a_thread(server: World) -> tuple[Fetch, ...]:
        if server.threads == 0:
            raise LookUpNeeded
        return until_accepted(server)

    late = asyncio.create_task(needed(world, on_a_thread))
    await settled()
    await needed(world, until_accepted)
    world.finished["looking"].set()
    await late

    assert [DOCUMENT] == world.fetched


async def test_an_answer_that_is_being_taken_in_is_waited_for() -> None:
    """It was received, but is not in memory yet: whoever wishes for it now gets the same one."""
    world = SlowThreads()
    is_in_memory = world.finished["taking in"].is_set

    def needs(_server: World) -> tuple[Fetch, ...]:
        return () if is_in_memory() else (DOCUMENT,)

    asking = [asyncio.create_task(needed(world, needs)) for _ in range(2)]
    await settled()
    asking.append(asyncio.create_task(needed(world, needs)))
    await settled()
    world.finished["taking in"].set()
    await asyncio.gather(*asking)

    assert [DOCUMENT] == world.fetched == world.accepted


async def test_whoever_gives_up_ends_it_for_nobody_else() -> None:
    world = SlowThreads()
    impatient, patient = (asyncio.create_task(needed(world, until_accepted)) for _ in range(2))
    await settled()
    impatient.cancel()
    await settled()
    world.finished["taking in"].set()
    await patient

    assert impatient.cancelled()
    assert [DOCUMENT] == world.fetched == world.accepted


async def test_what_could_not_be_taken_in_is_brought_by_the_next_who_asks() -> None:
    world = World()

    async def fail(function: Callable[..., object], *args: object) -> object:
        raise DatabaseUnavailable("slow")

    world.run, run = fail, world.run  # type: ignore[method-assign]
    with pytest.raises(DatabaseUnavailable, match="slow"):
        await needed(world, until_accepted)
    world.run = run  # type: ignore[method-assign]
    await needed(world, until_accepted)

    assert ([DOCUMENT] * 2, [DOCUMENT]) == (world.fetched, world.accepted)
