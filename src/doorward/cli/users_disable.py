"""`doorward users disable`."""

from typing import Annotated

import typer

from doorward.cli.command import Command
from doorward.cli.failure import CommandFailed
from doorward.cli.opening import opened
from doorward.cli.output import printable, say


def disable(
    email: Annotated[str, typer.Argument(metavar="EMAIL", help="The address of the account.")],
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Disable even the last enabled administrator.")] = False,
) -> None:
    """Disable an account and end its sessions, connections and API keys."""
    from doorward.audit import RequestContext
    from doorward.operations.disable_user import LastAdministrator, disable_user

    with opened() as installation:
        try:
            is_done = disable_user(
                installation.database,
                email=email,
                even_last=yes,
                now=installation.clock.now(),
                context=RequestContext(),
            )
        except LastAdministrator:
            raise CommandFailed(
                "This is the last enabled administrator: make or enable another one first, or add --yes."
            ) from None
        if not is_done:
            raise CommandFailed(
                "There is no account with this e-mail address, or it is disabled already: "
                "`doorward users list` shows them."
            )
    say(f"Disabled {printable(email)}; everything connected for it has ended.")


COMMAND = Command(("users", "disable"), disable)
