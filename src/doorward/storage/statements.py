"""What the stores' statements share: upserts, records as values, and batch-limited deletes.

The stores build their statements once, where they can: building one costs more than SQLite needs to run it.
"""

from collections.abc import Callable, Sequence
from dataclasses import fields
from functools import cache
from typing import Any

from sqlalchemy import Connection, CursorResult, Executable, Table, delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.elements import ColumnElement

Insert = sqlite.Insert | postgresql.Insert


def values_of(record: object) -> dict[str, Any]:  # Any: a record's fields have every type
    """Return a record's fields as the columns of the same names."""
    return {name: getattr(record, name) for name in _names(type(record))}


@cache
def _names(record: type) -> tuple[str, ...]:
    return tuple(field.name for field in fields(record))


class Upsert:
    """An INSERT that knows ON CONFLICT, made once for each engine."""

    def __init__(self, table: Table, finish: Callable[[Insert], Executable]) -> None:
        self._statements = {
            "sqlite": finish(sqlite.insert(table)),
            "postgresql": finish(postgresql.insert(table)),
        }

    def run(self, connection: Connection, values: dict[str, Any]) -> CursorResult[Any]:  # Any: of any table
        """Execute it with these values."""
        return connection.execute(self._statements[connection.dialect.name], values)


def delete_some(
    connection: Connection,
    table: Table,
    where: ColumnElement[bool],
    *,
    order_by: ColumnElement[Any],  # Any: of any column
    limit: int,
    returning: ColumnElement[Any] | None = None,
) -> Sequence[Any]:
    """Delete at most `limit` rows, those first in `order_by`; return their keys, or another column of theirs.

    On PostgreSQL rows that somebody else is writing are left for the next time.
    """
    (key,) = table.primary_key.columns
    picked = select(key).where(where).order_by(order_by).limit(limit)
    if connection.dialect.name == "postgresql":
        picked = picked.with_for_update(skip_locked=True)
    shown = key if returning is None else returning
    return connection.scalars(delete(table).where(key.in_(picked)).returning(shown)).all()
