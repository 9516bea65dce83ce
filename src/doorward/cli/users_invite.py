"""`doorward users invite`."""

from typing import Annotated

import typer

from doorward.cli.command import Command
from doorward.cli.failure import CommandFailed
from doorward.cli.opening import DEFAULT_PORT, ServerPort, opened
from doorward.cli.output import say


def invite(
    email: Annotated[str, typer.Argument(metavar="EMAIL", help="The address the invitation is for.")],
    *,
    port: ServerPort = DEFAULT_PORT,
) -> None:
    """Make a link with which a person creates their own account.

    It begins with DOORWARD_DASHBOARD_URL or else DOORWARD_MCP_BASE_URL, and without both with http://localhost and
    --port: set for this command what is set for the server.
    """
    from doorward.audit import RequestContext
    from doorward.operations.invite_user import invite_user
    from doorward.settings import addresses

    with opened() as installation:
        if installation.settings.sign_up == "closed":
            raise CommandFailed(
                "DOORWARD_SIGN_UP is closed, so an invitation would not be accepted: "
                "set it to invite for the server and for this command."
            )
        token = invite_user(installation.database, email=email, now=installation.clock.now(), context=RequestContext())
        dashboard_url = addresses(installation.settings, host="localhost", port=port).dashboard_url
    say("Give this link to the person; it works once, within 7 days:")
    say(f"{dashboard_url}/sign-up?invitation={token.reveal()}")


COMMAND = Command(("users", "invite"), invite)
