"""`doorward clients block`."""

from typing import Annotated

import typer

from doorward.cli.command import Command
from doorward.cli.failure import CommandFailed
from doorward.cli.opening import opened
from doorward.cli.output import printable, say


def block(
    subject: Annotated[str, typer.Argument(metavar="ID|HOST", help="A client id, or a host of redirect URIs.")],
) -> None:
    """Block a client, or all clients whose answers go to a host, and end their connections."""
    from doorward.audit import RequestContext
    from doorward.operations.block_client import block_client

    if len(subject.split()) != 1:
        raise CommandFailed("Name one client id or one host.")
    with opened() as installation:
        ended = block_client(
            installation.database, subject=subject, now=installation.clock.now(), context=RequestContext()
        )
    say(f"Blocked {printable(subject)}; {ended} {'connection' if ended == 1 else 'connections'} ended.")


COMMAND = Command(("clients", "block"), block)
