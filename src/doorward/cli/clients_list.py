"""`doorward clients list`."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from doorward.cli.client_words import describe_client
from doorward.cli.command import Command
from doorward.cli.opening import opened
from doorward.cli.output import say, show_json, show_table, stamp, when

if TYPE_CHECKING:
    from doorward.oauth.records import ClientRule


def list_(
    *,
    blocks: Annotated[bool, typer.Option("--blocks", help="List what is blocked, and no clients.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print a JSON list: clients, or blocks with --blocks.")] = False,
) -> None:
    """List the stored clients, and then what is blocked; clients that register without a secret are not stored."""
    from doorward.operations.list_blocks import list_blocks
    from doorward.operations.list_clients import list_clients

    with opened() as installation:
        clients = list_clients(installation.database)
        blocked = list_blocks(installation.database)
    if blocks:
        _show_blocks(blocked, json=json)
        return
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
        empty="No client is stored yet. Clients register themselves, or with `doorward clients create`.",
    )
    if blocked:
        say()
        _show_blocks(blocked, json=False)


def _show_blocks(blocked: "Sequence[ClientRule]", *, json: bool) -> None:
    if json:
        show_json([{"subject": block.subject, "created_at": stamp(block.created_at)} for block in blocked])
        return
    show_table(
        ("BLOCKED", "SINCE"),
        ((block.subject, when(block.created_at)) for block in blocked),
        empty="Nothing is blocked.",
    )


COMMAND = Command(("clients", "list"), list_)
