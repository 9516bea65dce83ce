"""`doorward clients list`."""

from typing import Annotated

import typer

from doorward.cli.client_words import describe_client
from doorward.cli.command import Command
from doorward.cli.opening import opened
from doorward.cli.output import show_json, show_table, when


def list_(*, json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """List the clients that have a row; those registered by themselves without a secret have none."""
    from doorward.operations.list_clients import list_clients

    with opened() as installation:
        clients = list_clients(installation.database)
    if json:
        show_json([describe_client(client) for client in clients])
        return
    show_table(
        ("CLIENT ID", "NAME", "ORIGIN", "AUTHENTICATION", "TRUSTED", "LAST USED", "REDIRECT URIS"),
        (
            (
                client.client_id,
                client.client_name or "-",
                client.origin.value,
                client.token_endpoint_auth_method,
                "yes" if client.trusted else "no",
                when(client.last_used_at),
                " ".join(client.redirect_uris),
            )
            for client in clients
        ),
        empty="No client has a row yet. Clients register themselves, or with `doorward clients create`.",
    )


COMMAND = Command(("clients", "list"), list_)
