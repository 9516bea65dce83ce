"""Units of work on an event loop's own thread: their statements run at once, and another thread waits for the disk."""

import asyncio
import contextlib
import queue
import sqlite3
import threading
from collections.abc import Callable
from typing import TypeVar, cast

from doorward.storage.errors import DatabaseClosed
from doorward.storage.group_commit import AwaitedJob, GroupCommit, mark_failed
from doorward.storage.pace import Pace

T = TypeVar("T")


class LoopCommit:
    """Commits units in groups: those of one turn of the loop, and those that came while a group was being committed.

    Only short units belong here, of a few statements that find their rows by key. Whatever is not plain sailing (the
    file is locked, a statement fails) goes to the writer thread, which waits, isolates and reports.
    Everything but the commit happens on the loop's thread, and no transaction stays open from one of its steps to the
    next, so that a blocking call on that thread cannot wait for itself.
    """

    def __init__(self, connect: Callable[[], sqlite3.Connection], writer: GroupCommit) -> None:
        self._connect, self._writer = connect, writer
        self._connection: sqlite3.Connection | None = None
        self._thread: threading.Thread | None = None
        self._commits: queue.SimpleQueue[list[AwaitedJob] | None] = queue.SimpleQueue()
        self._waiting: list[AwaitedJob] = []
        self._is_away = False
        """Whether a group is being committed, or the lock is left alone for a moment."""
        self._pace = Pace()
        self._is_closed = False

    async def run(self, unit: Callable[[sqlite3.Connection], T]) -> T:
        """Run `unit` and return what it returned, once that is on disk; once begun it is carried out, awaited or not.

        Raises:
            DatabaseClosed: the database is closed.
            WriteFailed: the commit failed, or another process kept the lock for too long.
        """
        if self._is_closed:
            raise DatabaseClosed("the database is closed")
        job = AwaitedJob(unit, asyncio.get_running_loop())
        if self._waiting and self._waiting[0].loop is not job.loop:
            self._waiting.clear()  # that loop has ended, and nobody awaits them
        self._waiting.append(job)
        if len(self._waiting) == 1:
            job.loop.call_soon(self._go_on)
        return cast("T", await job.future)

    @property
    def waiting(self) -> int:
        """How many units wait for their turn."""
        return len(self._waiting)

    def close(self) -> None:
        """Finish the commit under way, then end."""
        self._is_closed = True
        if self._thread is not None and self._connection is not None:
            self._commits.put(None)
            self._thread.join()
            self._connection.close()

    def _run_group(self, jobs: list[AwaitedJob]) -> None:
        if not self._begin():
            self._hand_over(jobs)
            return
        connection = self._open()
        try:
            for job in jobs:
                job.result = job.unit(connection)
        except Exception:  # noqa: BLE001 - the writer runs it again, and reports what it raises then
            with contextlib.suppress(sqlite3.Error):
                connection.execute("ROLLBACK")
            self._writer.turn.release()
            self._hand_over(jobs)
        else:
            self._is_away = True
            self._commits.put(jobs)

    def _begin(self) -> bool:
        writer = self._writer
        if writer.waits_for_turn or writer.waiting or not writer.turn.acquire(blocking=False):
            return False
        try:
            self._open().execute("BEGIN IMMEDIATE")
        except sqlite3.Error:
            writer.turn.release()
            return False
        return True

    def _open(self) -> sqlite3.Connection:
        if self._connection is None:
            self._connection = self._connect()
            self._thread = threading.Thread(target=self._work, name="doorward-committer", daemon=True)
            self._thread.start()
        return self._connection

    def _hand_over(self, jobs: list[AwaitedJob]) -> None:
        for job in jobs:
            try:
                self._writer.put(job)
            except DatabaseClosed as closed:
                job.error = closed
                job.settle()

    def _work(self) -> None:
        connection = self._open()
        while (group := self._commits.get()) is not None:
            try:
                connection.execute("COMMIT")
            except sqlite3.Error as error:
                with contextlib.suppress(sqlite3.Error):
                    connection.execute("ROLLBACK")
                mark_failed(group, error)
            self._pace.released()
            self._writer.turn.release()
            try:
                group[0].loop.call_soon_threadsafe(self._come_back, group)
            except RuntimeError:  # the loop ended meanwhile: nobody awaits them
                self._is_away = False

    def _come_back(self, group: list[AwaitedJob]) -> None:
        for job in group:
            job.settle()
        pause = self._pace.pause() if self._waiting else 0.0
        if pause:
            group[0].loop.call_later(pause, self._resume)
        else:
            self._resume()

    def _resume(self) -> None:
        self._is_away = False
        self._go_on()

    def _go_on(self) -> None:
        if self._is_away or not self._waiting:
            return
        jobs, self._waiting = self._waiting, []
        self._run_group(jobs)
