"""What commands print: tables for people, tab-separated text for programs, JSON on request."""

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import typer


def say(text: str = "") -> None:
    """Print one line of our own words."""
    typer.echo(text)


def warn(text: str) -> None:
    """Print one line of our own words on standard error, where no program reads it as the answer."""
    typer.echo(f"Warning: {text}", err=True)


def show_json(value: object) -> None:
    """Print a value as JSON; ASCII only, so that no terminal reads it as something else."""
    typer.echo(json.dumps(value, indent=2 if is_terminal() else None, ensure_ascii=True))


def show_json_line(value: object) -> None:
    """Print a value as one line of JSON."""
    typer.echo(json.dumps(value, ensure_ascii=True))


def show_table(columns: Sequence[str], rows: Iterable[Sequence[str]], *, empty: str) -> None:
    """Print rows; values come from strangers, so control characters are shown as escapes."""
    safe = [[printable(cell) for cell in row] for row in rows]
    if not is_terminal():
        typer.echo("\n".join("\t".join(row) for row in [list(columns), *safe]))
        return
    if not safe:
        typer.echo(empty)
        return
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for at, column in enumerate(columns):
        # What names the thing stays in one piece as long as there is room, so that it can be copied.
        table.add_column(column, overflow="fold", no_wrap=at == 0)
    for row in safe:
        table.add_row(*(Text(cell) for cell in row))
    Console().print(table)


def show_fields(fields: Mapping[str, str]) -> None:
    """Print names and values, one a line."""
    width = max(len(name) for name in fields)
    for name, value in fields.items():
        typer.echo(f"  {name:<{width}}  {printable(value)}")


def when(at: datetime | None) -> str:
    """An instant for people: ISO 8601 in UTC, to the second; a dash for never."""
    return at.isoformat(sep=" ", timespec="seconds").replace("+00:00", "Z") if at else "-"


def stamp(at: datetime | None) -> str | None:
    """An instant for programs (RFC 3339)."""
    return at.isoformat(timespec="seconds").replace("+00:00", "Z") if at else None


def printable(text: str) -> str:
    """The text with control and direction characters as escapes, so that no value acts on the terminal (S54)."""
    from doorward.logs import printable as escaped

    return escaped(text)


def is_terminal() -> bool:
    """Whether a person reads standard output."""
    return sys.stdout.isatty()
