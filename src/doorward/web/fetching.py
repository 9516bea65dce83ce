"""Fetches what the core needs before it runs: the one place where a request waits for other people's servers."""

from collections.abc import Callable
from datetime import datetime

from doorward.oauth.fetching import Fetch, FetchOutcome
from doorward.oauth.look_ups import LookUpNeeded
from doorward.oauth.needs import accept
from doorward.oauth.server import Server
from doorward.web.context import Web

MAX_ROUNDS = 3
"""An answer may show that another is needed: a document names a key set. There is no third hop."""


class _NotAskedError(Exception):
    """There was no room to ask: nothing came for those who wait for it."""


Needs = Callable[[Server, datetime], tuple[Fetch, ...]]


async def fetch_needed(web: Web, needs: Needs) -> None:
    """Ask what is needed and fetch it, until nothing is; what is in memory costs no thread and no waiting."""

    async def bring(fetch: Fetch) -> None:
        fetched = await web.fetcher.fetch(fetch)
        if fetched.outcome is FetchOutcome.NOT_ASKED:
            raise _NotAskedError
        await web.run(accept, web.server, fetched)

    for _ in range(MAX_ROUNDS):
        now, count = web.clock.now(), web.arrivals.count
        try:
            wanted = needs(web.warm_server, now)
        except LookUpNeeded:
            wanted = await web.run(needs, web.server, now)
        if not wanted:
            return
        try:
            for fetch in wanted:
                await web.arrivals.wait_for(fetch, bring, since=count)
        except _NotAskedError:
            return  # nothing arrived, and asking again at once would not help
