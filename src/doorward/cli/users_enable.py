"""`doorward users enable`."""

from typing import Annotated

import typer

from doorward.cli.command import Command
from doorward.cli.failure import CommandFailed
from doorward.cli.opening import opened
from doorward.cli.output import printable, say


def enable(
    email: Annotated[str, typer.Argument(metavar="EMAIL", help="The address of the account.")],
) -> None:
    """Let a disabled account sign in again; its clients and API keys have to be connected and made anew."""
    from doorward.audit import RequestContext
    from doorward.operations.enable_user import enable_user

    with opened() as installation:
        if not enable_user(installation.database, email=email, now=installation.clock.now(), context=RequestContext()):
            raise CommandFailed(
                "There is no account with this e-mail address, or it is not disabled: `doorward users list` shows them."
            )
    say(f"Enabled {printable(email)}; the person can sign in and connect clients again.")


COMMAND = Command(("users", "enable"), enable)
