"""The revocation feed: which Authorizations and API keys ended, known in this process within seconds."""

import asyncio
import threading
from datetime import datetime, timedelta

import structlog

from doorward.kit.clock import Clock
from doorward.resource_server.errors import Unavailable
from doorward.resource_server.ports import RevocationSource

POLL_INTERVAL = timedelta(seconds=2)
STALE_AFTER = timedelta(seconds=5)
OVERLAP = timedelta(seconds=60)
"""A revocation may be committed after the instant it carries, by as much as its transaction may last, and clocks
differ; each poll reads that far back."""

log = structlog.stdlib.get_logger(__name__)


class RevocationFeed:
    """What was revoked within the lifetime of the longest token; says when it cannot tell."""

    def __init__(self, source: RevocationSource, *, longest_lifetime: timedelta) -> None:
        self._source = source
        self._kept_for = longest_lifetime + 2 * OVERLAP
        self._revoked: dict[str, datetime] = {}
        self._lock = threading.Lock()
        self._polled_at: datetime | None = None
        self._complete_since: datetime | None = None

    def poll(self, now: datetime) -> None:
        """Take over what was revoked since the last poll, or at the first one all that matters; blocks.

        Raises whatever the source raises; the feed is then as old as before.
        """
        horizon = now - self._kept_for
        since = horizon if self._polled_at is None else max(self._polled_at - OVERLAP, horizon)
        found = self._source.revoked_after(since)
        with self._lock:
            self._revoked.update((revocation.public_id, revocation.revoked_at) for revocation in found)
            for public_id in [public_id for public_id, at in self._revoked.items() if at < horizon]:
                del self._revoked[public_id]
            self._complete_since = horizon + OVERLAP
            self._polled_at = now

    def age(self, now: datetime) -> timedelta | None:
        """How long ago the last poll was; None before the first."""
        return None if self._polled_at is None else now - self._polled_at

    def add(self, public_id: str, now: datetime) -> None:
        """Take over a revocation made in this process, without waiting for the next poll."""
        with self._lock:
            self._revoked[public_id] = now

    def verdict(self, public_id: str, *, issued_at: datetime, now: datetime) -> bool | None:
        """Whether it is revoked, from memory; None when the feed is too old, or does not reach back to `issued_at`."""
        if public_id in self._revoked:
            return True
        if self._polled_at is None or abs(now - self._polled_at) > STALE_AFTER:
            return None
        if self._complete_since is None or issued_at < self._complete_since:
            return None
        return False

    def ask(self, public_id: str, now: datetime) -> bool:
        """Ask the source about one; blocks.

        Raises:
            Unavailable: the source cannot be reached. A token nobody can vouch for is never accepted.
        """
        try:
            revoked = self._source.is_revoked(public_id)
        except Exception as error:  # noqa: BLE001 - whatever a driver raises
            log.warning("revocation_lookup_failed", error=type(error).__name__)
            raise Unavailable from None
        if revoked:
            self.add(public_id, now)
        return revoked


async def keep_polling(feed: RevocationFeed, clock: Clock) -> None:
    """Poll until cancelled; a failed poll is logged and the next one tried."""
    failing = False
    while True:
        try:
            await asyncio.to_thread(feed.poll, clock.now())
        except Exception as error:  # noqa: BLE001 - whatever a driver raises
            if not failing:
                log.warning("revocation_feed_failing", error=type(error).__name__)
            failing = True
        else:
            if failing:
                log.info("revocation_feed_recovered")
            failing = False
        await asyncio.sleep(POLL_INTERVAL.total_seconds())
