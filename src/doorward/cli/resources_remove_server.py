"""`doorward resources remove-server`."""

from typing import Annotated

import typer

from doorward.cli.command import Command
from doorward.cli.failure import CommandFailed
from doorward.cli.opening import DEFAULT_PORT, ServerPort
from doorward.cli.output import printable, say
from doorward.cli.resource_words import opened_resources


def remove_server(
    resource: Annotated[str, typer.Argument(metavar="RESOURCE", help="Its id or its address.")],
    client_id: Annotated[str, typer.Argument(metavar="CLIENT_ID", help="The client id of the resource server.")],
    *,
    port: ServerPort = DEFAULT_PORT,
) -> None:
    """Let a resource server introspect no longer; its client stays."""
    from doorward.audit import RequestContext
    from doorward.operations.remove_resource_server import remove_resource_server

    with opened_resources(port) as resources:
        found, installation = resources.require(resource), resources.installation
        if not remove_resource_server(
            installation.database,
            identifier=found.identifier,
            client_id=client_id,
            now=installation.clock.now(),
            context=RequestContext(),
        ):
            raise CommandFailed("This client may not introspect tokens of this resource anyway.")
    say(f"{printable(client_id)} may not introspect any more.")


COMMAND = Command(("resources", "remove-server"), remove_server)
