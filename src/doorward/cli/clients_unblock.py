"""`doorward clients unblock`."""

from typing import Annotated

import typer

from doorward.cli.command import Command
from doorward.cli.failure import CommandFailed
from doorward.cli.opening import opened
from doorward.cli.output import printable, say


def unblock(
    subject: Annotated[
        str, typer.Argument(metavar="ID|HOST|AGENT", help="What is blocked, as `doorward clients list` shows it.")
    ],
) -> None:
    """Lift a block; connections that it ended stay ended, and clients can connect again."""
    from doorward.audit import RequestContext
    from doorward.operations.unblock_client import unblock_client

    with opened() as installation:
        lifted = unblock_client(
            installation.database,
            subject=subject,
            known=installation.known_clients,
            now=installation.clock.now(),
            context=RequestContext(),
        )
    if lifted is None:
        raise CommandFailed("Nothing of this name is blocked; `doorward clients list` shows what is.")
    say(f"Unblocked {printable(lifted)}; what the block had ended stays ended.")


COMMAND = Command(("clients", "unblock"), unblock)
