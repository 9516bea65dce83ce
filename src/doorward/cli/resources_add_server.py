"""`doorward resources add-server`."""

from typing import Annotated

import typer

from doorward.cli.command import Command
from doorward.cli.failure import CommandFailed
from doorward.cli.opening import DEFAULT_PORT, ServerPort
from doorward.cli.output import say, show_fields, show_json
from doorward.cli.resource_words import opened_resources


def add_server(
    resource: Annotated[str, typer.Argument(metavar="RESOURCE", help="Its id or its address.")],
    *,
    client_id: Annotated[
        str | None,
        typer.Option(help="A confidential client that is registered. [default: one is made that can do nothing else]"),
    ] = None,
    port: ServerPort = DEFAULT_PORT,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Let a resource server introspect the tokens of its resource; its secret is shown this once."""
    from doorward.audit import RequestContext
    from doorward.operations.add_resource_server import add_resource_server
    from doorward.operations.resource_changes import ResourceRefused

    with opened_resources(port) as resources:
        found, installation = resources.require(resource), resources.installation
        try:
            own_id, secret = add_resource_server(
                installation.database,
                resource=found,
                client_id=client_id,
                now=installation.clock.now(),
                context=RequestContext(),
            )
        except ResourceRefused as error:
            raise CommandFailed(f"It cannot introspect: {error}.") from None
        endpoint = resources.policy.introspection_endpoint
    fields = {"client_id": own_id} | ({"client_secret": secret.reveal()} if secret else {})
    if json:
        show_json(fields | {"introspection_endpoint": endpoint})
        return
    say("The resource server may introspect.")
    show_fields(fields | {"ask at": endpoint})
    if secret:
        say("The secret is not kept and cannot be shown again.")


COMMAND = Command(("resources", "add-server"), add_server)
