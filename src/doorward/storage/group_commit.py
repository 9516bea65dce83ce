"""The one writer thread of a SQLite file: units that wait share one commit, a savepoint each."""

import asyncio
import contextlib
import queue
import random
import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from typing import TypeVar, cast

from doorward.storage.errors import DatabaseClosed, WriteFailed
from doorward.storage.nesting import Nesting
from doorward.storage.pace import Pace

T = TypeVar("T")

PATIENCE = 30.0
"""Seconds to wait for another process's lock before a write fails."""
_NEW_UNITS_FOR = 0.025
"""Seconds after BEGIN in which waiting units may join; the commit itself comes on top, all within 50 ms."""
_LOCKED = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


class _Job:
    """A unit of work on its way, and its answer."""

    __slots__ = ("error", "result", "unit")

    def __init__(self, unit: Callable[[sqlite3.Connection], object]) -> None:
        self.unit = unit
        self.result: object = None
        self.error: BaseException | None = None


class _WaitingJob(_Job):
    """A job whose caller's thread waits for it."""

    __slots__ = ("answered",)

    def __init__(self, unit: Callable[[sqlite3.Connection], object]) -> None:
        super().__init__(unit)
        self.answered = threading.Lock()
        self.answered.acquire()


class AwaitedJob(_Job):
    """A job that a coroutine awaits."""

    __slots__ = ("future", "loop")

    def __init__(self, unit: Callable[[sqlite3.Connection], object], loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(unit)
        self.loop = loop
        self.future: asyncio.Future[object] = loop.create_future()

    def settle(self) -> None:
        """Hand the answer over, on the loop's own thread; nobody may be there to take it any more."""
        if self.future.done():
            return
        if self.error is not None:
            self.future.set_exception(self.error)
        else:
            self.future.set_result(self.result)


class GroupCommit:
    """Runs units of work one after the other on one connection and commits them in groups.

    A unit's caller is answered after the commit. A unit that raises loses its own savepoint only; a commit that
    fails, fails for every unit in it.
    """

    def __init__(self, connection: sqlite3.Connection, nesting: Nesting) -> None:
        self._connection = connection
        self._nesting = nesting
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._door = threading.Lock()
        self._closed = False
        self._pace = Pace()
        self.turn = threading.Lock()
        """Held by whoever in this process has a transaction open on the file, from before BEGIN to after COMMIT."""
        self.waits_for_turn = False
        self._thread = threading.Thread(target=self._work, name="doorward-writer", daemon=True)
        self._thread.start()

    def run(self, unit: Callable[[sqlite3.Connection], T]) -> T:
        """Run `unit` on the writer thread and return what it returned, once that is on disk.

        Raises:
            NestedUnitOfWork: called from within a unit.
            DatabaseClosed: the writer has stopped.
            WriteFailed: the commit failed, or another process kept the lock for too long.
        """
        self._nesting.refuse()
        job = _WaitingJob(unit)
        self.put(job)
        job.answered.acquire()
        if job.error is not None:
            raise job.error
        return cast("T", job.result)

    async def run_awaited(self, unit: Callable[[sqlite3.Connection], T]) -> T:
        """The same for a coroutine, without a thread of its own; once begun it is carried out, awaited or not."""
        job = AwaitedJob(unit, asyncio.get_running_loop())
        self.put(job)
        return cast("T", await job.future)

    def put(self, job: "_Job") -> None:
        """Let a unit of work wait for its turn."""
        with self._door:
            if self._closed:
                raise DatabaseClosed("the database is closed")
            self._jobs.put(job)

    @property
    def waiting(self) -> int:
        """How many units wait for their turn."""
        return self._jobs.qsize()

    def close(self) -> None:
        """Finish what waits, then end the thread."""
        with self._door:
            if not self._closed:
                self._closed = True
                self._jobs.put(None)
        self._thread.join()

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            if not self._run_group(job):
                return

    def _run_group(self, first: _Job) -> bool:
        """Run and commit one group; False when the end of the queue was seen."""
        if pause := self._pace.pause():
            time.sleep(pause)
        self.waits_for_turn = True
        with self.turn:
            self.waits_for_turn = False
            return self._run_in_turn(first)

    def _run_in_turn(self, first: _Job) -> bool:
        try:
            self._begin()
        except sqlite3.Error as error:
            _fail([first], error)
            return True
        group, goes_on, until = [first], True, time.monotonic() + _NEW_UNITS_FOR
        job: _Job | None = first
        while job is not None:
            self._run_unit(job)
            if not self._connection.in_transaction or time.monotonic() >= until:
                break
            try:
                job = self._jobs.get_nowait()
            except queue.Empty:
                break
            if job is None:
                goes_on = False
            else:
                group.append(job)
        self._finish(group)
        self._pace.released()
        return goes_on

    def _run_unit(self, job: _Job) -> None:
        execute = self._connection.execute
        try:
            execute("SAVEPOINT unit")
            with self._nesting.unit():
                job.result = job.unit(self._connection)
            execute("RELEASE unit")
        except BaseException as error:  # noqa: BLE001 - it is raised again, where the unit came from
            job.error = error
            if self._connection.in_transaction:
                execute("ROLLBACK TO unit")
                execute("RELEASE unit")

    def _finish(self, group: list[_Job]) -> None:
        try:
            if not self._connection.in_transaction:
                raise sqlite3.OperationalError("the transaction is gone")  # full disk and the like
            self._connection.execute("COMMIT")
        except sqlite3.Error as error:
            with contextlib.suppress(sqlite3.Error):
                self._connection.execute("ROLLBACK")
            _fail(group, error)
            return
        _answer(group)

    def _begin(self) -> None:
        """Take the write lock, asking every few milliseconds: SQLite's own handler sleeps up to 100."""
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                self._connection.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError as error:
                if not is_locked(error) or time.monotonic() > deadline:
                    raise
                time.sleep(random.uniform(0.0005, 0.003))  # noqa: S311 - jitter
            else:
                return


def is_locked(error: sqlite3.Error) -> bool:
    """Whether another connection holds what this one needs."""
    return primary_code(error) in _LOCKED


def primary_code(error: sqlite3.Error) -> int | None:
    """Return SQLite's primary result code; None when the module itself raised the error."""
    code: int | None = getattr(error, "sqlite_errorcode", None)
    return None if code is None else code & 0xFF


def mark_failed(group: Sequence[_Job], error: sqlite3.Error) -> None:
    """Let every job that has not failed by itself fail with its group."""
    for job in group:
        if job.error is None:
            job.error = WriteFailed(f"the transaction was not kept ({type(error).__name__})")
            job.error.__cause__ = error


def _fail(group: Sequence[_Job], error: sqlite3.Error) -> None:
    mark_failed(group, error)
    _answer(group)


def _answer(group: Sequence[_Job]) -> None:
    """Wake every caller; a loop is woken once for all of its coroutines."""
    awaited: dict[asyncio.AbstractEventLoop, list[AwaitedJob]] = {}
    for job in group:
        if isinstance(job, _WaitingJob):
            job.answered.release()
        elif isinstance(job, AwaitedJob):
            awaited.setdefault(job.loop, []).append(job)
    for loop, jobs in awaited.items():
        with contextlib.suppress(RuntimeError):  # the loop ended meanwhile: nobody awaits them
            loop.call_soon_threadsafe(_settle, jobs)


def _settle(jobs: list[AwaitedJob]) -> None:
    for job in jobs:
        job.settle()
