"""The way out, as the endpoints ask for it."""

import asyncio

import pytest

from doorward.app.fetcher import OutboundFetcher
from doorward.kit.clock import SystemClock
from doorward.kit.fetch_target import FetchTarget
from doorward.oauth.fetching import Fetch, FetchKind, FetchOutcome
from doorward.outbound import Answer, FetchFailed, SafeFetch
from doorward.outbound.flights import FlightLimits

pytestmark = pytest.mark.anyio
STRANGE = Fetch(FetchKind.CLIENT_METADATA, "https://app.example/client.json")
KNOWN = Fetch(FetchKind.CLIENT_METADATA, "https://app.example/known.json", is_known=True)


class Refusing:
    """A network that leads nowhere, and remembers what was known."""

    def __init__(self) -> None:
        self.known: list[bool] = []

    async def get(self, target: FetchTarget, *, accept: str, most_bytes: int, is_known: bool = False) -> Answer:
        self.known.append(is_known)
        await asyncio.sleep(0)
        raise FetchFailed("connect")


async def test_no_room_to_ask_is_no_failure_of_the_address() -> None:
    network = Refusing()
    way_out = SafeFetch(network, limits=FlightLimits(burst_for_a_host=1, rate_for_a_host=0.001))
    fetcher = OutboundFetcher(SystemClock(), way_out)
    outcomes = [(await fetcher.fetch(fetch)).outcome for fetch in (STRANGE, STRANGE, KNOWN)]

    assert [FetchOutcome.FAILED, FetchOutcome.NOT_ASKED, FetchOutcome.FAILED] == outcomes
    assert [False, True] == network.known
