"""`doorward resources list`."""

from typing import Annotated

import typer

from doorward.cli.command import Command
from doorward.cli.opening import DEFAULT_PORT, ServerPort
from doorward.cli.output import show_json, show_table
from doorward.cli.resource_words import opened_resources


def list_(
    *,
    port: ServerPort = DEFAULT_PORT,
    json: Annotated[bool, typer.Option("--json", help="Print a JSON list.")] = False,
) -> None:
    """List the protected MCP servers, the default first."""
    from doorward.operations.describe_resource import describe_resource

    with opened_resources(port) as resources:
        described = [describe_resource(resources.catalogue, resource) for resource in resources.catalogue]
    if json:
        show_json(described)
        return
    members = ("id", "identifier", "name", "default_scope", "token_format", "source")
    show_table(
        ("ID", "ADDRESS", "NAME", "DEFAULT SCOPE", "TOKENS", "DEFINED IN", "DEFAULT"),
        ((*(str(one[member]) for member in members), "yes" if one["default"] else "no") for one in described),
        empty="There is no resource.",
    )


COMMAND = Command(("resources", "list"), list_)
