"""`doorward clients delete`."""

from typing import Annotated

import typer

from doorward.cli.command import Command
from doorward.cli.failure import CommandFailed
from doorward.cli.opening import opened
from doorward.cli.output import printable, say


def delete(client_id: Annotated[str, typer.Argument(metavar="ID", help="The client id.")]) -> None:
    """Delete a stored client, and end its connections."""
    from doorward.audit import RequestContext
    from doorward.operations.delete_client import delete_client

    with opened() as installation:
        if not delete_client(
            installation.database, client_id=client_id, now=installation.clock.now(), context=RequestContext()
        ):
            raise CommandFailed(
                "No stored client has this id; one that registered itself without a secret is not stored: "
                "`doorward clients block` keeps it out."
            )
    say(f"Deleted {printable(client_id)}; its connections have ended.")


COMMAND = Command(("clients", "delete"), delete)
