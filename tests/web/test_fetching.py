"""The loop between the core's needs and the network."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import cast

import pytest

from doorward.kit.clock import SystemClock
from doorward.oauth.fetching import Fetch, Fetched, FetchKind, FetchOutcome
from doorward.oauth.look_ups import LookUpNeeded
from doorward.oauth.server import Server
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
    clock: SystemClock = field(default_factory=SystemClock)

    @property
    def server(self) -> "World":
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
        return Fetched(fetch=fetch, outcome=FetchOutcome.FOUND, at=NOW)

    async def run(self, function: Callable[..., object], *args: object) -> object:
        self.threads += 1
        return function(*args)


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


async def test_it_gives_up_after_three_rounds() -> None:
    """Whoever never has enough is told so by the core."""
    world = World()
    await needed(world, lambda server: (DOCUMENT,))

    assert MAX_ROUNDS == len(world.fetched)


async def test_where_memory_does_not_say_a_thread_looks_it_up() -> None:
    world = World()

    def needs(server: World) -> tuple[Fetch, ...]:
        if world.threads == 0:
            raise LookUpNeeded
        return ()

    await needed(world, needs)

    assert 1 == world.threads
