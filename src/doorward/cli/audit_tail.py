"""`doorward audit tail`."""

import time
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from doorward.audit import AuditEvent
from doorward.cli.command import Command
from doorward.cli.opening import opened
from doorward.cli.output import printable, say, show_json, show_json_line, show_table, stamp, when

if TYPE_CHECKING:
    from doorward.operations.ports import ServerDatabase

Entry = tuple[int, AuditEvent]
_OVERLAP = 200
_POLL_SECONDS = 1.0


def tail(
    *,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, max=10_000, help="How many of the newest.")] = 50,
    following: Annotated[
        bool, typer.Option("--follow", "-f", help="Go on printing what happens; Ctrl-C ends.")
    ] = False,
    json: Annotated[
        bool, typer.Option("--json", help="Print JSON: a list, or with --follow one event a line.")
    ] = False,
) -> None:
    """Print the newest events of the audit trail, the oldest first."""
    from doorward.operations.tail_audit import tail_audit

    with opened() as installation:
        entries = tail_audit(installation.database, limit=limit)
        if following:
            _follow(installation.database, entries, json=json)
            return
    if json:
        show_json([describe_event(entry) for entry in entries])
        return
    show_table(
        ("ID", "AT", "EVENT", "DETAIL"),
        (_cells(entry) for entry in entries),
        empty="Nothing has happened yet.",
    )


def describe_event(entry: Entry) -> dict[str, object]:
    """An event for programs."""
    number, event = entry
    return {
        "id": number,
        "at": stamp(event.at),
        "event": event.tag.value,
        "user_id": event.user_id,
        "client_id": event.client_id,
        "authorization": event.authorization,
        "address": event.context.address,
        "request_id": event.context.request_id,
        "detail": event.detail,
    }


def _follow(database: "ServerDatabase", entries: Sequence[Entry], *, json: bool) -> None:
    try:
        for entry in follow(database, entries):
            if json:
                show_json_line(describe_event(entry))
            else:
                say("  ".join(printable(cell) for cell in _cells(entry)))
    except KeyboardInterrupt:
        return


def follow(database: "ServerDatabase", entries: Sequence[Entry]) -> Iterator[Entry]:
    """Every event once, even those that were committed after events with higher ids."""
    from doorward.operations.tail_audit import tail_audit

    yield from entries
    floor = entries[0][0] if entries else 1
    seen = {number for number, _ in entries}
    newest = max(seen, default=0)
    while True:
        time.sleep(_POLL_SECONDS)
        after = max(newest - _OVERLAP, floor - 1)
        found = tail_audit(database, limit=_OVERLAP + 1_000, after_id=after)
        yield from (entry for entry in found if entry[0] not in seen)
        newest = max([newest, *(number for number, _ in found)])
        seen = {number for number in seen | {number for number, _ in found} if number > newest - _OVERLAP}


def _cells(entry: Entry) -> Sequence[str]:
    number, event = entry
    facts = {
        "user": event.user_id,
        "client": event.client_id,
        "authorization": event.authorization,
        "address": event.context.address,
        **event.detail,
    }
    detail = " ".join(f"{name}={value}" for name, value in facts.items() if value is not None)
    return (str(number), when(event.at), event.tag.value, detail or "-")


COMMAND = Command(("audit", "tail"), tail)
