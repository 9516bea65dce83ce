"""`doorward resources delete`."""

from typing import Annotated

import typer

from doorward.cli.command import Command
from doorward.cli.failure import CommandFailed
from doorward.cli.opening import DEFAULT_PORT, ServerPort
from doorward.cli.output import printable, say
from doorward.cli.resource_words import opened_resources


def delete(
    resource: Annotated[str, typer.Argument(metavar="RESOURCE", help="Its id or its address.")],
    *,
    port: ServerPort = DEFAULT_PORT,
) -> None:
    """Delete a stored MCP server, and end the connections to it; the built-in one goes back to the settings."""
    from doorward.audit import RequestContext
    from doorward.operations.delete_resource import delete_resource
    from doorward.operations.resource_changes import ResourceRefused, ResourceUnknown

    with opened_resources(port) as resources:
        identifier = resources.require(resource).identifier
        try:
            ended = delete_resource(
                resources.installation.database,
                resources.catalogue.rules,
                identifier=identifier,
                now=resources.installation.clock.now(),
                context=RequestContext(),
            )
        except ResourceUnknown:
            raise CommandFailed("The built-in MCP server cannot be deleted, and nothing is stored about it.") from None
        except ResourceRefused as error:
            raise CommandFailed(f"It cannot be deleted: {error}.") from None
    say(f"Deleted {printable(identifier)}; {ended} connections have ended.")


COMMAND = Command(("resources", "delete"), delete)
