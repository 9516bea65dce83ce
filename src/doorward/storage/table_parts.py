"""What tables are made of, the same on both engines: columns, indexes, and how rows are kept."""

from typing import Any

from sqlalchemy import Column, ForeignKey, Index, MetaData, Table
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.types import TypeEngine


def key(name: str, kind: TypeEngine[Any], references: str | None = None) -> Column[Any]:
    """A column of the primary key."""
    return Column(name, kind, *_references(references), primary_key=True)


def must(name: str, kind: TypeEngine[Any], references: str | None = None) -> Column[Any]:
    """A column that always has a value; the row goes with what it `references`."""
    return Column(name, kind, *_references(references), nullable=False)


def may(name: str, kind: TypeEngine[Any]) -> Column[Any]:
    """A column that may be null."""
    return Column(name, kind, nullable=True)


def table(
    metadata: MetaData, name: str, *columns: Column[Any], by_key: bool = False, fillfactor: int | None = None
) -> Table:
    """A strict table; `by_key` keeps its rows in the key's own tree on SQLite: one page fewer to write."""
    options: dict[str, Any] = {"sqlite_strict": True, "sqlite_with_rowid": not by_key}  # Any: each its type
    if fillfactor is not None:
        options["postgresql_with"] = {"fillfactor": fillfactor}
    return Table(name, metadata, *columns, **options)


def index(name: str, *columns: Column[Any], where: ColumnElement[bool] | None = None, unique: bool = False) -> Index:
    """An index; with `where`, of those rows alone."""
    options: dict[str, Any] = {} if where is None else {"sqlite_where": where, "postgresql_where": where}
    return Index(name, *columns, unique=unique, **options)


def _references(target: str | None) -> list[ForeignKey]:
    return [] if target is None else [ForeignKey(target, ondelete="CASCADE")]
