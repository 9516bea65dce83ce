"""One connection to PostgreSQL that an event loop waits on: libpq's own calls, and a reader that stays in place.

psycopg's asynchronous cursors register and unregister their socket for every statement, which costs more than the
statement's whole way through Python; libpq, its connection and its errors are psycopg's all the same.
"""

import asyncio
import re
import select
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import cast

import psycopg
from psycopg.errors import error_from_result
from psycopg.pq import ExecStatus
from psycopg.pq.abc import PGresult

from doorward.storage.postgres_pool import MOST_NOTICES, SESSION
from doorward.storage.token_path_rules import Row, Value

_PARAMETER = re.compile(r"%\((\w+)\)s")
_TEXT_OID, _BYTES_OID, _BIGINT_OID = 25, 17, 20
_TYPES = {
    **dict.fromkeys(("code_hash", "id", "assertion_hash"), _BYTES_OID),
    **dict.fromkeys(
        ("now", "generation", "rotated_after", "used_after", "max_failures", "assertion_expires_at"), _BIGINT_OID
    ),
}
"""Of parameters that are not text."""
_BYTES_COLUMN = 0
_FIRST_NUMBER_COLUMN = 6
"""Of the rows that the token path's statements return: an id, texts, then numbers."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A statement that every connection knows by name."""

    name: bytes
    source: bytes
    """With named parameters, as the blocking path sends it."""
    sql: bytes
    parameters: tuple[str, ...]

    @property
    def types(self) -> Sequence[int]:
        """The object ids of the parameters' types."""
        return [_TYPES.get(name, _TEXT_OID) for name in self.parameters]

    @property
    def formats(self) -> Sequence[int]:
        """1 where a parameter is sent as bytes, 0 where it is sent as text."""
        return [int(oid == _BYTES_OID) for oid in self.types]


def prepared(name: str, source: bytes) -> Prepared:
    """Number the parameters of a statement."""
    text = source.decode()
    names = tuple(dict.fromkeys(_PARAMETER.findall(text)))
    sql = _PARAMETER.sub(lambda found: f"${names.index(found[1]) + 1}", text)
    return Prepared(name.encode(), source, sql.encode(), names)


def open_line(conninfo: str, statements: Iterable[Prepared]) -> psycopg.Connection:
    """Connect and prepare the statements; blocks. Raises psycopg's errors."""
    connection = psycopg.connect(conninfo, autocommit=True, client_encoding="utf8")
    try:
        connection.execute(SESSION)
        for statement in statements:
            _prepare(connection, statement)
    except BaseException:
        connection.close()
        raise
    return connection


def _prepare(connection: psycopg.Connection, statement: Prepared) -> None:
    result = connection.pgconn.prepare(statement.name, statement.sql, statement.types)
    if result.status != ExecStatus.COMMAND_OK:
        raise error_from_result(result)


class PostgresLine:
    """A connection in the hands of an event loop: one statement at a time."""

    def __init__(
        self,
        connection: psycopg.Connection,
        loop: asyncio.AbstractEventLoop,
        *,
        on_free: Callable[["PostgresLine"], None],
        on_end: Callable[["PostgresLine"], None],
    ) -> None:
        self._connection, self._libpq = connection, connection.pgconn
        self._loop, self._on_free, self._on_end = loop, on_free, on_end
        self._formats: dict[bytes, Sequence[int]] = {}
        self._answer: asyncio.Future[PGresult] | None = None
        self._result: PGresult | None = None
        self._socket = self._libpq.socket  # libpq forgets it when the connection is lost
        self._poll = select.poll()
        self._poll.register(self._socket, select.POLLIN)
        loop.add_reader(self._socket, self._readable)

    def is_alive(self) -> bool:
        """Whether, being idle, it still has a server at its other end; costs no round trip."""
        for _ in range(MOST_NOTICES):
            if self._connection.closed:
                return False
            if not self._poll.poll(0):
                return True
            self._readable()  # a notice, or its end, that the loop has not come to yet
        self.end()
        return False

    async def fetch(self, statement: Prepared, parameters: dict[str, Value]) -> Row | None:
        """Run a statement and return its one row; once sent it is carried out, awaited or not.

        Raises:
            psycopg.Error: it failed, or the connection did.
        """
        formats = self._formats.get(statement.name)
        if formats is None:
            formats = self._formats[statement.name] = statement.formats
        self._answer = answer = self._loop.create_future()
        try:
            values = [_sent(parameters[name]) for name in statement.parameters]
            self._libpq.send_query_prepared(statement.name, values, formats)
        except psycopg.OperationalError:
            self._answer = None
            self.end()
            raise
        result = await answer
        if result.status != ExecStatus.TUPLES_OK:
            raise error_from_result(result)
        return _row(result) if result.ntuples else None

    def end(self) -> None:
        """Leave the loop, fail what is in flight, and close."""
        self._loop.remove_reader(self._socket)
        answer, self._answer = self._answer, None
        if answer is not None and not answer.done():
            answer.set_exception(psycopg.OperationalError("the connection was lost"))
        self.close()
        self._on_end(self)

    def close(self) -> None:
        """Close, without a word to the loop."""
        self._connection.close()

    def _readable(self) -> None:
        """Take in what came: a part of an answer, a notice, or the end of the connection."""
        try:
            self._libpq.consume_input()
            while self._answer is not None and not self._libpq.is_busy():
                result = self._libpq.get_result()
                if result is None:
                    self._settle()
                else:
                    self._result = result
        except psycopg.OperationalError:
            self.end()

    def _settle(self) -> None:
        answer, result = self._answer, self._result
        self._answer = self._result = None
        if answer is not None and not answer.done() and result is not None:
            answer.set_result(result)
        self._on_free(self)


def _sent(value: Value) -> bytes | None:
    if value is None or isinstance(value, bytes):
        return value
    return b"%d" % value if isinstance(value, int) else value.encode()


def _row(result: PGresult) -> Row:
    values = [cast("bytes", result.get_value(0, column)) for column in range(result.nfields)]
    identifier = bytes.fromhex(values[_BYTES_COLUMN][2:].decode())  # after the \x of PostgreSQL's hex format
    texts = [value.decode() for value in values[_BYTES_COLUMN + 1 : _FIRST_NUMBER_COLUMN]]
    return cast("Row", (identifier, *texts, *map(int, values[_FIRST_NUMBER_COLUMN:])))
