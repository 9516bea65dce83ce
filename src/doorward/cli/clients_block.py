"""`doorward clients block`."""

from typing import Annotated

import typer

from doorward.cli.command import Command
from doorward.cli.failure import CommandFailed
from doorward.cli.opening import opened
from doorward.cli.output import printable, say


def block(
    subject: Annotated[
        str,
        typer.Argument(metavar="ID|HOST", help="A client id, or a host of redirect URIs without port and path."),
    ],
) -> None:
    """Block a client, or all clients whose answers go to a host, and end their connections."""
    from doorward.audit import RequestContext
    from doorward.oauth.block_subject import InvalidBlockSubject
    from doorward.operations.block_client import block_client

    with opened() as installation:
        try:
            blocked = block_client(
                installation.database, subject=subject, now=installation.clock.now(), context=RequestContext()
            )
        except InvalidBlockSubject as error:
            raise CommandFailed(str(error)) from None
    ended = blocked.authorizations
    say(f"Blocked {printable(str(blocked.subject))}; {ended} {'connection' if ended == 1 else 'connections'} ended.")


COMMAND = Command(("clients", "block"), block)
