"""`doorward clients drop-old-secret`."""

from typing import Annotated

import typer

from doorward.cli.command import Command
from doorward.cli.failure import CommandFailed
from doorward.cli.opening import opened
from doorward.cli.output import printable, say


def drop_old_secret(client_id: Annotated[str, typer.Argument(metavar="ID", help="The client id.")]) -> None:
    """End the secret that `clients rotate-secret` replaced, before its time; servers notice within 5 seconds."""
    from doorward.audit import RequestContext
    from doorward.operations.drop_old_secret import drop_old_secret as run

    with opened() as installation:
        if not run(installation.database, client_id=client_id, now=installation.clock.now(), context=RequestContext()):
            raise CommandFailed("No stored client has this id, or it has no old secret that still works.")
    say(f"Ended the old secret of {printable(client_id)}.")


COMMAND = Command(("clients", "drop-old-secret"), drop_old_secret)
