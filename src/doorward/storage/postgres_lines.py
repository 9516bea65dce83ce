"""The token path on PostgreSQL for an event loop: connections of its own, one statement in flight on each."""

import asyncio
from collections import deque
from datetime import datetime

import anyio.to_thread
import psycopg
from psycopg.errors import DeadlockDetected, SerializationFailure, UniqueViolation

from doorward.kit.unit_of_work import DatabaseUnavailable
from doorward.oauth.ports import Claim, CodeClaim, Redeemed
from doorward.storage.errors import DatabaseClosed
from doorward.storage.postgres_line import PostgresLine, Prepared, open_line, prepared
from doorward.storage.postgres_pool import POOL_PATIENCE
from doorward.storage.token_path_postgres import REDEEM, REDEEM_ONCE, ROTATE, ROTATE_ONCE, PostgresTokenPath
from doorward.storage.token_path_rules import Row, Value, answer, code_parameters, refresh_parameters

_REDEEM, _ROTATE = prepared("redeem", REDEEM), prepared("rotate", ROTATE)
_REDEEM_ONCE, _ROTATE_ONCE = prepared("redeem_once", REDEEM_ONCE), prepared("rotate_once", ROTATE_ONCE)
_STATEMENTS = (_REDEEM, _REDEEM_ONCE, _ROTATE, _ROTATE_ONCE)


class PostgresLines:
    """At most `size` connections, made when they are needed; all of them belong to the loop that asked last."""

    def __init__(self, conninfo: str, path: PostgresTokenPath, *, size: int) -> None:
        self._conninfo, self._path, self._size = conninfo, path, size
        self._open: set[PostgresLine] = set()
        self._connecting = 0
        self._idle: list[PostgresLine] = []
        self._waiting: deque[asyncio.Future[PostgresLine | None]] = deque()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._is_closed = False

    async def present(self, claim: Claim, now: datetime) -> Redeemed | None:
        """Redeem or rotate for a coroutine; once begun it is carried out, awaited or not.

        Raises:
            DatabaseUnavailable: the server cannot be reached, or no connection became free.
        """
        if isinstance(claim, CodeClaim):
            statement = _REDEEM if claim.assertion is None else _REDEEM_ONCE
            parameters = code_parameters(claim, now)
        else:
            statement = _ROTATE if claim.assertion is None else _ROTATE_ONCE
            parameters = refresh_parameters(claim, now)
        if parameters is None:
            return None
        try:
            row = await self._fetch(statement, parameters)
        except (SerializationFailure, DeadlockDetected):  # nothing was kept; the blocking path knows how to insist
            return await anyio.to_thread.run_sync(self._path.run, statement.source, parameters)
        except UniqueViolation:
            if claim.assertion is None:
                raise
            return None
        except (psycopg.OperationalError, psycopg.InterfaceError, TimeoutError) as error:
            raise DatabaseUnavailable("the database cannot be reached or is too slow") from error
        return None if row is None else answer(row)

    @property
    def load(self) -> int:
        """How many statements are in flight or wait for a connection."""
        return len(self._open) - len(self._idle) + len(self._waiting)

    def release(self) -> None:
        """End every connection; on their loop, before it ends."""
        for line in tuple(self._open):
            line.end()
        self._forget()

    def close(self) -> None:
        """Refuse whatever comes; connections whose loop did not release them are ended with it."""
        self._is_closed = True
        self._forget()

    async def _fetch(self, statement: Prepared, parameters: dict[str, Value]) -> Row | None:
        line = await self._take()
        return await line.fetch(statement, parameters)

    async def _take(self) -> PostgresLine:
        if self._is_closed:
            raise DatabaseClosed("the database is closed")
        if (loop := asyncio.get_running_loop()) is not self._loop:  # the one before has ended, and its waits with it
            self._forget()
            self._loop = loop
        while self._idle:
            if (line := self._idle.pop()).is_alive():
                return line
        if len(self._open) + self._connecting < self._size:
            return await self._connect(loop)
        return await self._wait(loop) or await self._take()

    async def _connect(self, loop: asyncio.AbstractEventLoop) -> PostgresLine:
        self._connecting += 1
        try:
            connection = await anyio.to_thread.run_sync(open_line, self._conninfo, _STATEMENTS)
        except BaseException:
            self._wake(None)
            raise
        finally:
            self._connecting -= 1
        line = PostgresLine(connection, loop, on_free=self._freed, on_end=self._ended)
        self._open.add(line)
        return line

    async def _wait(self, loop: asyncio.AbstractEventLoop) -> PostgresLine | None:
        """Wait for a connection; None means that a new one may be made."""
        waiter: asyncio.Future[PostgresLine | None] = loop.create_future()
        self._waiting.append(waiter)
        try:
            async with asyncio.timeout(POOL_PATIENCE):
                return await waiter
        except BaseException:
            if waiter.done() and not waiter.cancelled() and (line := waiter.result()) is not None:
                self._freed(line)  # it came in the very moment in which nobody wanted it any more
            raise

    def _freed(self, line: PostgresLine) -> None:
        if not self._wake(line):
            self._idle.append(line)

    def _ended(self, line: PostgresLine) -> None:
        self._open.discard(line)
        if line in self._idle:
            self._idle.remove(line)
        self._wake(None)

    def _wake(self, line: PostgresLine | None) -> bool:
        """Let the one that has waited longest go on; False when nobody waits."""
        while self._waiting:
            waiter = self._waiting.popleft()
            if not waiter.done():
                waiter.set_result(line)
                return True
        return False

    def _forget(self) -> None:
        for line in self._open:
            line.close()
        self._open.clear()
        self._idle.clear()
        self._waiting.clear()
