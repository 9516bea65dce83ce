"""Answers that go on for a while: they end when the time of their token is over or its Authorization was revoked."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from doorward.kit.clock import Clock
from doorward.resource_server.errors import Unavailable
from doorward.resource_server.ports import VerifiedToken
from doorward.resource_server.revocations import RevocationFeed

LOOK_INTERVAL = timedelta(seconds=1)
LOOK_UP_DEADLINE = timedelta(seconds=1)
"""With the poll of the feed, a stream ends within five seconds of the revocation."""

log = structlog.stdlib.get_logger(__name__)


@dataclass(slots=True, eq=False)
class _Open:
    """One answer under way."""

    token: VerifiedToken
    good_at: datetime
    """When its token was last known to be good."""
    end: Callable[[], None]


class OpenAnswers:
    """Every answer under way in this process, on one event loop."""

    def __init__(self, revocations: RevocationFeed, clock: Clock) -> None:
        self._revocations, self._clock = revocations, clock
        self._open: set[_Open] = set()

    def __len__(self) -> int:
        return len(self._open)

    @contextmanager
    def one(self, token: VerifiedToken, end: Callable[[], None]) -> Iterator[None]:
        """Hold an answer under watch; `end` is called, at most once, when its token is good no more."""
        answer = _Open(token, self._clock.now(), end)
        self._open.add(answer)
        try:
            yield
        finally:
            self._open.discard(answer)

    async def look(self) -> None:
        """End whatever must end by now.

        What the feed cannot tell is asked for once for all, and what nobody can tell ends too: a token that nobody
        can vouch for is never accepted.
        """
        now = self._clock.now()
        unknown: list[_Open] = []
        for answer in tuple(self._open):
            if answer.token.expires_at is not None and answer.token.expires_at <= now:
                self._end(answer)
                continue
            match self._revocations.verdict(answer.token.public_id, issued_at=answer.good_at, now=now):
                case True:
                    self._end(answer)
                case False:
                    answer.good_at = now
                case None:
                    unknown.append(answer)
        if not unknown:
            return
        good = await self._ask({answer.token.public_id for answer in unknown}, now)
        for answer in unknown:
            if answer.token.public_id in good:
                answer.good_at = now
            else:
                self._end(answer)

    async def keep_looking(self) -> None:
        """Look until cancelled, whatever happens."""
        while True:
            await asyncio.sleep(LOOK_INTERVAL.total_seconds())
            try:
                await self.look()
            except Exception:
                log.exception("look_at_open_answers_failed")

    def _end(self, answer: _Open) -> None:
        if answer in self._open:
            self._open.discard(answer)
            answer.end()

    async def _ask(self, public_ids: set[str], now: datetime) -> set[str]:
        def still_good() -> set[str]:
            return {public_id for public_id in public_ids if not self._revocations.ask(public_id, now)}

        try:
            return await asyncio.wait_for(asyncio.to_thread(still_good), LOOK_UP_DEADLINE.total_seconds())
        except (Unavailable, TimeoutError):
            log.warning("open_answers_ended_unchecked", answers=len(public_ids))
            return set()
