"""`doorward clients block`."""

from typing import Annotated

import typer

from doorward.cli.command import Command
from doorward.cli.failure import CommandFailed
from doorward.cli.opening import opened
from doorward.cli.output import printable, say
from doorward.cli.policy_words import connections


def block(
    subject: Annotated[
        str,
        typer.Argument(
            metavar="ID|HOST|AGENT", help="A client id, a host without port and path, or a known agent such as claude."
        ),
    ],
) -> None:
    """Block a client, an agent, or all clients whose answers go to a host, and end their connections.

    It is the rule that `doorward policy set deny` makes for everybody.
    """
    from doorward.audit import RequestContext
    from doorward.oauth.block_subject import InvalidBlockSubject
    from doorward.operations.block_client import block_client

    with opened() as installation:
        try:
            blocked = block_client(
                installation.database,
                subject=subject,
                known=installation.known_clients,
                now=installation.clock.now(),
                context=RequestContext(),
            )
        except InvalidBlockSubject as error:
            raise CommandFailed(str(error)) from None
    say(f"Blocked {printable(str(blocked.subject))}; {connections(blocked.authorizations)} ended.")


COMMAND = Command(("clients", "block"), block)
