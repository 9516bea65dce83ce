"""`doorward resources update`."""

from typing import Annotated

import typer

from doorward.cli.command import Command
from doorward.cli.failure import CommandFailed
from doorward.cli.opening import DEFAULT_PORT, ServerPort
from doorward.cli.output import say
from doorward.cli.resource_options import ResourceOptions, refusal
from doorward.cli.resource_words import opened_resources, show_resource


def update(
    resource: Annotated[str, typer.Argument(metavar="RESOURCE", help="Its id or its address.")],
    *,
    given: ResourceOptions,
    port: ServerPort = DEFAULT_PORT,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Change what is named of a protected MCP server, the built-in one included; everything else stays as it was.

    An option that is repeated replaces all of its kind, and what people have granted is not changed.
    """
    from doorward.audit import RequestContext
    from doorward.oauth.resource_definition import InvalidDefinition
    from doorward.operations.resource_changes import ResourceRefused, ResourceUnknown
    from doorward.operations.update_resource import update_resource

    changes = given.definition()
    if not changes and given.default is None:
        raise CommandFailed("Nothing is to be changed: give at least one option.")
    with opened_resources(port) as resources:
        identifier = resources.require(resource).identifier
        try:
            _ = update_resource(
                resources.installation.database,
                resources.catalogue.rules,
                identifier=identifier,
                changes=changes,
                is_default=given.default,
                now=resources.installation.clock.now(),
                context=RequestContext(),
            )
        except InvalidDefinition as error:
            raise refusal(error, definition=changes) from None
        except (ResourceRefused, ResourceUnknown) as error:
            raise CommandFailed(f"It cannot be changed: {error}.") from None
        resources.reload()
        if not json:
            say("Changed the MCP server.")
        show_resource(resources, resources.require(identifier), json=json)


COMMAND = Command(("resources", "update"), update)
