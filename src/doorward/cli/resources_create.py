"""`doorward resources create`."""

from typing import Annotated

import typer

from doorward.cli.command import Command
from doorward.cli.failure import CommandFailed
from doorward.cli.opening import DEFAULT_PORT, ServerPort
from doorward.cli.output import say
from doorward.cli.resource_options import ResourceOptions, refusal
from doorward.cli.resource_words import opened_resources, show_resource


def create(
    identifier: Annotated[
        str, typer.Argument(metavar="ADDRESS", help="The address of the MCP server, exactly as people type it.")
    ],
    *,
    given: ResourceOptions,
    port: ServerPort = DEFAULT_PORT,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Register a protected MCP server; a running server knows it within seconds."""
    from doorward.audit import RequestContext
    from doorward.oauth.resource_definition import InvalidDefinition
    from doorward.operations.create_resource import create_resource
    from doorward.operations.resource_changes import ResourceRefused

    definition = given.definition(identifier=identifier)
    with opened_resources(port) as resources:
        try:
            resource = create_resource(
                resources.installation.database,
                resources.catalogue.rules,
                definition=definition,
                is_default=given.default or False,
                now=resources.installation.clock.now(),
                context=RequestContext(),
            )
        except InvalidDefinition as error:
            raise refusal(error, definition=definition) from None
        except ResourceRefused as error:
            raise CommandFailed(f"It cannot be registered: {error}.") from None
        resources.reload()
        if not json:
            say("Registered the MCP server.")
        show_resource(resources, resources.require(resource.identifier), json=json)


COMMAND = Command(("resources", "create"), create)
