"""Every statement that a running server sends to its database, gathered below everything that sends one."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest

from doorward.storage.postgres_line import PostgresLine, Prepared
from doorward.storage.token_path_rules import Row, Value

Sent = list[tuple[str, Any]]
"""Statements with their parameters; on SQLite these stand in the text."""
_VERBS = ("SELECT", "INSERT", "UPDATE", "DELETE", "WITH")


@contextmanager
def sent_statements(dialect: str) -> Iterator[Sent]:
    """What goes to databases of that kind meanwhile, whoever sends it; connections are those opened meanwhile."""
    sent: Sent = []
    with pytest.MonkeyPatch.context() as patch:
        if dialect == "sqlite":
            _trace_sqlite(patch, sent)
        else:
            for name in ("execute", "executemany"):
                _note(patch, psycopg.Cursor, name, sent)
            _note_awaited(patch, sent)
        yield sent


def _trace_sqlite(patch: pytest.MonkeyPatch, sent: Sent) -> None:
    """SQLite itself tells each statement with its values, whether the query builder or anybody else sent it."""
    connect = sqlite3.connect

    def note(statement: str) -> None:
        if statement.lstrip().startswith(_VERBS):
            sent.append((statement, None))

    def traced(*args: Any, **kwargs: Any) -> sqlite3.Connection:  # noqa: ANN401 - whatever it takes
        connection = connect(*args, **kwargs)
        connection.set_trace_callback(note)
        return connection

    patch.setattr(sqlite3, "connect", traced)


def _note(patch: pytest.MonkeyPatch, owner: type, name: str, sent: Sent) -> None:
    original = getattr(owner, name)

    def noting(self: object, query: str | bytes, params: object = None, *args: object, **kwargs: object) -> object:
        text = query.decode() if isinstance(query, bytes) else query
        if text.lstrip().startswith(_VERBS) and "pg_advisory" not in text:
            sent.append((text, params))
        return original(self, query, params, *args, **kwargs)

    patch.setattr(owner, name, noting)


def _note_awaited(patch: pytest.MonkeyPatch, sent: Sent) -> None:
    original = PostgresLine.fetch

    async def noting(self: PostgresLine, statement: Prepared, parameters: dict[str, Value]) -> Row | None:
        sent.append((statement.source.decode(), parameters))
        return await original(self, statement, parameters)

    patch.setattr(PostgresLine, "fetch", noting)
