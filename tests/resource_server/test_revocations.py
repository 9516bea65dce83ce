"""The feed knows what was revoked within the longest token's lifetime, and knows when it does not know."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from doorward.resource_server import revocations as module
from doorward.resource_server.errors import Unavailable
from doorward.resource_server.revocations import OVERLAP, STALE_AFTER, RevocationFeed, keep_polling
from tests.builders import NOW
from tests.resource_server.sources import LIFETIME, OutOfReach, Revocations

SECOND = timedelta(seconds=1)


def a_feed(source: Revocations) -> RevocationFeed:
    """A feed that has not polled yet."""
    return RevocationFeed(source, longest_lifetime=LIFETIME)


def test_the_first_poll_reaches_back_as_far_as_any_token():
    """Architecture section 3: at start every revocation younger than the longest access-token lifetime."""
    source = Revocations()
    source.revoke("old", NOW - LIFETIME)
    feed = a_feed(source)
    feed.poll(NOW)

    assert source.asked_after[0] <= NOW - LIFETIME - OVERLAP
    assert feed.verdict("old", issued_at=NOW, now=NOW) is True


def test_later_polls_overlap():
    """A commit may land a minute after its timestamp."""
    source = Revocations()
    feed = a_feed(source)
    feed.poll(NOW)
    source.revoke("late", NOW - 59 * SECOND)
    feed.poll(NOW + 2 * SECOND)

    assert NOW - OVERLAP == source.asked_after[1]
    assert feed.verdict("late", issued_at=NOW, now=NOW + 2 * SECOND) is True


def test_after_an_outage_the_poll_reaches_back_to_the_last_good_one():
    """Nothing revoked meanwhile is missed."""
    source = Revocations()
    feed = a_feed(source)
    feed.poll(NOW)
    source.reachable = False
    with pytest.raises(OutOfReach):
        feed.poll(NOW + 2 * SECOND)
    source.revoke("meanwhile", NOW + SECOND)
    source.reachable = True
    later = NOW + timedelta(minutes=30)
    feed.poll(later)

    assert feed.verdict("meanwhile", issued_at=NOW, now=later) is True


def test_before_the_first_poll_nothing_is_known():
    """A server that has just started asks about each token."""
    assert a_feed(Revocations()).verdict("x", issued_at=NOW, now=NOW) is None


def test_the_feed_is_stale_after_five_seconds():
    """Architecture section 3; a clock that jumped back makes it stale as well."""
    feed = a_feed(Revocations())
    feed.poll(NOW)

    assert feed.verdict("x", issued_at=NOW, now=NOW + STALE_AFTER) is False
    assert feed.verdict("x", issued_at=NOW, now=NOW + STALE_AFTER + SECOND) is None
    assert feed.verdict("x", issued_at=NOW, now=NOW - STALE_AFTER - SECOND) is None


def test_a_failed_poll_does_not_make_the_feed_fresh():
    """Only a successful poll counts."""
    source = Revocations()
    feed = a_feed(source)
    feed.poll(NOW)
    source.reachable = False
    with pytest.raises(OutOfReach):
        feed.poll(NOW + 4 * SECOND)

    assert feed.verdict("x", issued_at=NOW, now=NOW + 6 * SECOND) is None


def test_what_is_known_to_be_revoked_stays_revoked_however_stale_the_feed():
    """A revocation is for ever."""
    source = Revocations()
    source.revoke("gone", NOW)
    feed = a_feed(source)
    feed.poll(NOW)

    assert feed.verdict("gone", issued_at=NOW, now=NOW + timedelta(hours=9)) is True


def test_revocations_older_than_any_token_are_forgotten():
    """T8: what is kept is bounded by what matters; what reaches further back is asked for."""
    source = Revocations()
    source.revoke("gone", NOW)
    feed = a_feed(source)
    feed.poll(NOW)
    later = NOW + LIFETIME + 3 * OVERLAP
    feed.poll(later)

    assert {} == feed._revoked
    assert feed.verdict("gone", issued_at=NOW, now=later) is None
    assert feed.verdict("other", issued_at=later - LIFETIME, now=later) is False


def test_an_answer_from_the_source_is_remembered():
    """Asked once, a revoked one is not asked for again."""
    source = Revocations()
    source.revoke("gone", NOW)
    feed = a_feed(source)

    assert feed.ask("gone", NOW)
    assert feed.verdict("gone", issued_at=NOW, now=NOW) is True
    assert not feed.ask("alive", NOW)


def test_an_unreachable_source_is_unavailable():
    """The driver's words stay inside."""
    source = Revocations(reachable=False)

    with pytest.raises(Unavailable):
        a_feed(source).ask("x", NOW)


class StandingClock:
    """Time that stands still."""

    def now(self) -> datetime:
        return NOW


@pytest.mark.anyio
async def test_polling_goes_on_after_a_failure(monkeypatch: pytest.MonkeyPatch):
    """A database that restarts is found again without help."""
    monkeypatch.setattr(module, "POLL_INTERVAL", timedelta(milliseconds=5))
    source = Revocations(reachable=False)
    feed = a_feed(source)

    async def until(is_so: Callable[[], bool]) -> None:
        async with asyncio.timeout(5):
            while not is_so():  # noqa: ASYNC110 - the feed has nobody to tell
                await asyncio.sleep(0.005)

    polling = asyncio.create_task(keep_polling(feed, StandingClock()))
    await until(lambda: len(source.asked_after) >= 3)
    unknown = feed.verdict("x", issued_at=NOW, now=NOW)
    source.reachable = True
    await until(lambda: feed.verdict("x", issued_at=NOW, now=NOW) is False)
    polling.cancel()

    assert unknown is None
    with pytest.raises(asyncio.CancelledError):
        await polling
