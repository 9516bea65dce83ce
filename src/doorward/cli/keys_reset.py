"""`doorward keys reset`."""

import sys
from typing import Annotated

import typer

from doorward.cli.command import Command
from doorward.cli.opening import opened
from doorward.cli.output import say


def reset(*, yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False) -> None:
    """Accept the present server secret when the former one is lost; every client has to connect again."""
    from doorward.audit import RequestContext
    from doorward.operations.reset_server_secret import reset_server_secret

    if not yes and sys.stdin.isatty():
        _ = typer.confirm("Every client will have to connect again. Go on?", abort=True)
    with opened(check_secret=False) as installation:
        reset_server_secret(
            installation.database, installation.keyring, now=installation.clock.now(), context=RequestContext()
        )
    say("Accepted the present server secret. Restart running servers; clients have to connect again.")


COMMAND = Command(("keys", "reset"), reset)
