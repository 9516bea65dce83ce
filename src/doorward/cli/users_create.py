"""`doorward users create`."""

from typing import Annotated

import typer

from doorward.cli.command import Command
from doorward.cli.opening import opened
from doorward.cli.output import say
from doorward.cli.password import read_password


def create(
    email: Annotated[str, typer.Argument(metavar="EMAIL", help="The address the person signs in with.")],
    *,
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read the password from standard input instead of asking.")
    ] = False,
    admin: Annotated[bool, typer.Option("--admin", help="Make the person an administrator.")] = False,
) -> None:
    """Make an account; the person can sign in at once."""
    from doorward.audit import RequestContext
    from doorward.identity.email import canonical_email
    from doorward.operations.create_user import create_user

    _ = canonical_email(email)
    with opened() as installation:
        user = create_user(
            installation.database,
            installation.passwords,
            email=email,
            password=read_password(from_stdin=password_stdin),
            is_administrator=admin,
            now=installation.clock.now(),
            context=RequestContext(),
        )
    say(f"Created {'the administrator' if user.is_administrator else 'the account'} {user.email}.")


COMMAND = Command(("users", "create"), create)
