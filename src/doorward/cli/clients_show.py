"""`doorward clients show`."""

from typing import Annotated

import typer

from doorward.cli.client_words import NO_STORED_CLIENT, describe_client, show_client
from doorward.cli.command import Command
from doorward.cli.failure import CommandFailed
from doorward.cli.opening import opened
from doorward.cli.output import show_json


def show(
    client_id: Annotated[str, typer.Argument(metavar="ID", help="The client id.")],
    *,
    json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show a stored client; never its secret, of which only the hash is kept."""
    from doorward.operations.find_client import find_client

    with opened() as installation:
        client = find_client(installation.database, client_id=client_id)
    if client is None:
        raise CommandFailed(NO_STORED_CLIENT)
    if json:
        show_json(describe_client(client))
        return
    show_client(client)


COMMAND = Command(("clients", "show"), show)
