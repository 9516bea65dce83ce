"""`doorward resources show`."""

from typing import Annotated

import typer

from doorward.cli.command import Command
from doorward.cli.opening import DEFAULT_PORT, ServerPort
from doorward.cli.output import show_json
from doorward.cli.resource_words import opened_resources, show_resource


def show(
    resource: Annotated[str, typer.Argument(metavar="RESOURCE", help="Its id or its address.")],
    *,
    metadata: Annotated[
        bool,
        typer.Option("--metadata", help="Print the document that it serves at its own well-known address (RFC 9728)."),
    ] = False,
    port: ServerPort = DEFAULT_PORT,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show one protected MCP server."""
    from doorward.web.endpoints.resource_metadata import resource_document

    with opened_resources(port) as resources:
        found = resources.require(resource)
        if metadata:
            show_json(resource_document(resources.policy, found))
            return
        show_resource(resources, found, json=json)


COMMAND = Command(("resources", "show"), show)
