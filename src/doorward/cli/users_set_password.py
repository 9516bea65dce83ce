"""`doorward users set-password`."""

from typing import Annotated

import typer

from doorward.cli.command import Command
from doorward.cli.failure import CommandFailed
from doorward.cli.opening import opened
from doorward.cli.output import say
from doorward.cli.password import read_password


def set_password(
    email: Annotated[str, typer.Argument(metavar="EMAIL", help="The address of the account.")],
    *,
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read the password from standard input instead of asking.")
    ] = False,
) -> None:
    """Give an account a new password and end its sessions; connected clients stay connected."""
    from doorward.audit import RequestContext
    from doorward.identity.email import canonical_email
    from doorward.operations.find_user_by_email import find_user_by_email
    from doorward.operations.set_password import set_password as run

    _ = canonical_email(email)
    with opened() as installation:
        user = find_user_by_email(installation.database, email=email)
        if user is not None:
            user = run(
                installation.database,
                installation.passwords,
                email=email,
                password=read_password(from_stdin=password_stdin),
                now=installation.clock.now(),
                context=RequestContext(),
            )
    if user is None:
        raise CommandFailed("There is no account with this e-mail address: `doorward users list` shows them.")
    say(f"Set the password of {user.email} and ended its sessions; connected clients stay connected.")
    if user.disabled_at is not None:
        say("The account is disabled: `doorward users enable` lets the person sign in.")


COMMAND = Command(("users", "set-password"), set_password)
