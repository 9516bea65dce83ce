"""Fetches what the core needs before it runs: the one place where a request waits for other people's servers."""

from collections.abc import Callable
from datetime import datetime

from doorward.oauth.fetching import Fetch, FetchOutcome
from doorward.oauth.look_ups import DocumentLookUpNeeded, LookUpNeeded
from doorward.oauth.needs import accept
from doorward.oauth.server import Server
from doorward.web.context import Web
from doorward.web.side_lane import SideLane

MAX_ROUNDS = 3
"""An answer may show that another is needed: a document names a key set. There is no third hop."""

Needs = Callable[[Server, datetime], tuple[Fetch, ...]]


async def fetch_needed(web: Web, needs: Needs) -> None:
    """Ask what is needed and fetch it, until nothing is; what is in memory costs no thread and no waiting."""

    async def bring(fetch: Fetch) -> FetchOutcome:
        fetched = await web.fetcher.fetch(fetch)
        if fetched.outcome is not FetchOutcome.NOT_ASKED:
            await _lane(web, is_known=fetch.is_known).run(accept, web.server, fetched)
        return fetched.outcome

    for _ in range(MAX_ROUNDS):
        now, count = web.clock.now(), web.arrivals.count
        try:
            wanted = needs(web.warm_server, now)
        except DocumentLookUpNeeded as needed:
            wanted = await _lane(web, is_known=needed.is_known).run(needs, web.server, now)
        except LookUpNeeded:
            wanted = await web.run(needs, web.server, now)
        if not wanted:
            return
        outcomes = [await web.arrivals.wait_for(fetch, bring, since=count) for fetch in wanted]
        if not {FetchOutcome.FOUND, None}.issuperset(outcomes):
            await _lane(web, is_known=all(fetch.is_known for fetch in wanted)).turn()
        if FetchOutcome.NOT_ASKED in outcomes:
            return  # nothing arrived, and asking again at once would not help


def _lane(web: Web, *, is_known: bool) -> SideLane:
    """Who is known does not wait behind strangers, and is no stranger's way around their lane."""
    return web.lane_of_the_known if is_known else web.lane_of_strangers
