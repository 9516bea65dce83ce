"""`doorward registration-tokens revoke`."""

from typing import Annotated

import typer

from doorward.cli.command import Command
from doorward.cli.failure import CommandFailed
from doorward.cli.opening import opened
from doorward.cli.output import printable, say


def revoke(
    token_id: Annotated[
        str, typer.Argument(metavar="ID", help="The id, as `doorward registration-tokens list` shows it.")
    ],
) -> None:
    """Revoke an initial access token at once; clients that registered with it stay."""
    from doorward.audit import RequestContext
    from doorward.operations.revoke_initial_access_token import revoke_initial_access_token

    with opened() as installation:
        if not revoke_initial_access_token(
            installation.database, token_id=token_id, now=installation.clock.now(), context=RequestContext()
        ):
            raise CommandFailed("No initial access token has this id, or it is revoked already.")
    say(f"Revoked {printable(token_id)}; clients that registered with it stay.")


COMMAND = Command(("registration-tokens", "revoke"), revoke)
