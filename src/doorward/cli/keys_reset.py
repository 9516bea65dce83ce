"""`doorward keys reset`."""

from typing import Annotated

import typer

from doorward.cli.asking import confirm, has_terminal
from doorward.cli.command import Command
from doorward.cli.failure import CommandFailed
from doorward.cli.opening import opened
from doorward.cli.output import say


def reset(
    *, yes: Annotated[bool, typer.Option("--yes", help="Do not ask; needed without a terminal.")] = False
) -> None:
    """Accept the present server secret when the former one is lost; every client has to connect again."""
    from doorward.audit import RequestContext
    from doorward.operations.reset_server_secret import reset_server_secret

    if not yes:
        if not has_terminal():
            raise CommandFailed("Every client will have to connect again: without a terminal to ask on, add --yes.")
        confirm("Every client will have to connect again. Go on?")
    with opened(check_secret=False) as installation:
        is_done = reset_server_secret(
            installation.database, installation.keyring, now=installation.clock.now(), context=RequestContext()
        )
    if not is_done:
        say("The server secret is the one of this database; nothing was done.")
        return
    say("Accepted the present server secret. Restart running servers; clients have to connect again.")


COMMAND = Command(("keys", "reset"), reset)
