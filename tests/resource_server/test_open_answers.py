"""Answers under way end with their token, and when nobody can vouch for it any more."""

import asyncio
import threading
from datetime import timedelta

import pytest

from doorward.resource_server import open_answers as module
from doorward.resource_server.open_answers import OpenAnswers
from doorward.resource_server.ports import VerifiedToken
from doorward.resource_server.revocations import STALE_AFTER, RevocationFeed
from tests.builders import NOW
from tests.resource_server.sources import LIFETIME, Revocations

pytestmark = pytest.mark.anyio
SECOND = timedelta(seconds=1)


class Scene:
    """A feed, a clock and what ended."""

    def __init__(self) -> None:
        self.time = NOW
        self.source = Revocations()
        self.feed = RevocationFeed(self.source, longest_lifetime=LIFETIME)
        self.feed.poll(NOW)
        self.answers = OpenAnswers(self.feed, self)
        self.ended: list[str] = []

    def now(self):
        return self.time

    def opened(self, public_id: str = "a", *, lives: timedelta | None = timedelta(hours=1)):
        token = VerifiedToken(
            subject="user",
            client_id=None,
            scope=("mcp",),
            audience="x",
            public_id=public_id,
            expires_at=None if lives is None else NOW + lives,
        )
        return self.answers.one(token, lambda: self.ended.append(public_id))

    async def after(self, delay: timedelta, *, polled: bool = True) -> list[str]:
        """Let time pass; what ended by then."""
        self.time += delay
        if polled:
            self.feed.poll(self.time)
        await self.answers.look()
        return self.ended


async def test_only_what_was_revoked_ends_and_only_once():
    scene = Scene()
    with scene.opened("a"), scene.opened("b"):
        assert [] == await scene.after(SECOND)
        scene.source.revoke("a", scene.time)
        assert ["a"] == await scene.after(SECOND)
        assert ["a"] == await scene.after(SECOND)
    assert 0 == len(scene.answers)


async def test_it_ends_with_the_time_of_its_token():
    scene = Scene()
    with scene.opened(lives=2 * SECOND):
        assert [] == await scene.after(SECOND)
        assert ["a"] == await scene.after(SECOND)


async def test_an_answer_that_is_over_is_not_ended():
    scene = Scene()
    with scene.opened("a"):
        pass
    scene.source.revoke("a", scene.time)

    assert [] == await scene.after(SECOND)


async def test_one_without_an_end_goes_on_past_what_the_feed_remembers():
    """A stream of an API key may last for days."""
    scene = Scene()
    with scene.opened(lives=None):
        for _ in range(100):
            assert [] == await scene.after(LIFETIME / 2)
        assert [] == scene.source.asked_about
        scene.source.revoke("a", scene.time)
        assert ["a"] == await scene.after(SECOND)


async def test_a_stale_feed_makes_each_be_asked_for_once():
    scene = Scene()
    scene.source.revoke("b", NOW)
    with scene.opened("a"), scene.opened("a"), scene.opened("b"):
        assert ["b"] == await scene.after(STALE_AFTER + SECOND, polled=False)
        assert ["a", "b"] == sorted(scene.source.asked_about)


async def test_what_nobody_can_vouch_for_ends():
    """Never 200 without a verdict, nor the next event."""
    scene = Scene()
    scene.source.reachable = False
    with scene.opened():
        assert ["a"] == await scene.after(STALE_AFTER + SECOND, polled=False)


async def test_a_database_that_hangs_ends_it_too(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "LOOK_UP_DEADLINE", timedelta(seconds=0.05))
    scene, free = Scene(), threading.Event()
    monkeypatch.setattr(scene.source, "is_revoked", lambda _: not free.wait(10))
    with scene.opened():
        assert ["a"] == await scene.after(STALE_AFTER + SECOND, polled=False)
    free.set()


async def test_it_goes_on_looking_after_a_failure(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "LOOK_INTERVAL", timedelta(0))
    scene, looks = Scene(), 0
    again = asyncio.Event()

    async def look() -> None:
        nonlocal looks
        looks += 1
        if looks == 1:
            raise RuntimeError
        again.set()

    monkeypatch.setattr(scene.answers, "look", look)
    looking = asyncio.create_task(scene.answers.keep_looking())
    await asyncio.wait_for(again.wait(), 5)
    looking.cancel()
