"""`doorward db restored`."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from doorward.cli.command import Command
from doorward.cli.opening import opened
from doorward.cli.output import say, when


def restored(
    *,
    backup_time: Annotated[
        str, typer.Option(metavar="T", help="When the backup was made, such as 2026-11-23T08:00:00Z (RFC 3339).")
    ],
) -> None:
    """Tell that the database was restored, so that clients with newer refresh tokens stay connected.

    What was revoked after the backup is connected again: revoke it once more.
    """
    from doorward.audit import RequestContext
    from doorward.operations.mark_restored import mark_restored

    at = _read_time(backup_time)
    with opened() as installation:
        now = installation.clock.now()
        if at > now:
            raise typer.BadParameter("--backup-time lies in the future")
        count = mark_restored(installation.database, backup_time=at, now=now, context=RequestContext())
    say(f"{count} {'connection' if count == 1 else 'connections'} made before {when(at)} may jump ahead once.")
    say("Revocations made after the backup are lost: repeat them.")


def _read_time(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text.strip())
    except ValueError:
        raise typer.BadParameter("--backup-time must be a time such as 2026-11-23T08:00:00Z") from None
    if at.tzinfo is None:
        raise typer.BadParameter("--backup-time must name its zone: add Z for UTC, or an offset such as +02:00")
    return at.astimezone(UTC)


COMMAND = Command(("db", "restored"), restored)
