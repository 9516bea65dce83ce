"""`doorward clients delete`."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from doorward.cli.asking import confirm, has_terminal
from doorward.cli.command import Command
from doorward.cli.failure import CommandFailed
from doorward.cli.opening import opened
from doorward.cli.output import printable, say

if TYPE_CHECKING:
    from doorward.operations.ports import ServerDatabase

_NO_SUCH_CLIENT = (
    "No stored client has this id; one that registered itself without a secret is not stored: "
    "`doorward clients block` keeps it out."
)


def delete(
    client_id: Annotated[str, typer.Argument(metavar="ID", help="The client id.")],
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask; without a terminal nobody is asked.")] = False,
) -> None:
    """Delete a stored client, and end its connections."""
    from doorward.audit import RequestContext
    from doorward.operations.delete_client import delete_client

    with opened() as installation:
        now = installation.clock.now()
        if not yes and has_terminal():
            confirm(_question(installation.database, client_id, now))
        if not delete_client(installation.database, client_id=client_id, now=now, context=RequestContext()):
            raise CommandFailed(_NO_SUCH_CLIENT)
    say(f"Deleted {printable(client_id)}; its connections have ended.")


def _question(database: "ServerDatabase", client_id: str, now: datetime) -> str:
    """Name the client, and what ends with it."""
    from doorward.operations.preview_client_deletion import preview_client_deletion

    found = preview_client_deletion(database, client_id=client_id, now=now)
    if found is None:
        raise CommandFailed(_NO_SUCH_CLIENT)
    client, use = found
    name = printable(client.client_name or "a client without a name")
    return (
        f"{name} ({printable(client_id)}): people connected with it: {use.people}, connections: {use.connections}. "
        "Its tokens stop within 5 seconds, and its id never works again. Delete it?"
    )


COMMAND = Command(("clients", "delete"), delete)
