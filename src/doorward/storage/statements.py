"""What the stores' statements share: upserts, records as values, and batch-limited deletes."""

from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from sqlalchemy import Connection, Table, delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.elements import ColumnElement


def values_of(record: object) -> dict[str, Any]:  # Any: a record's fields have every type
    """Return a record's fields as the columns of the same names."""
    return {field.name: getattr(record, field.name) for field in fields(record)}  # pyright: ignore[reportArgumentType]


def upsert(connection: Connection, table: Table) -> sqlite.Insert | postgresql.Insert:
    """Return an INSERT of this engine that knows ON CONFLICT."""
    return sqlite.insert(table) if connection.dialect.name == "sqlite" else postgresql.insert(table)


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
