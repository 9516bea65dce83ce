"""`doorward requests list`."""

from typing import Annotated

import typer

from doorward.cli.command import Command
from doorward.cli.opening import opened
from doorward.cli.output import show_json, show_table, stamp, when


def list_(*, json: Annotated[bool, typer.Option("--json", help="Print a JSON list.")] = False) -> None:
    """List the people who wait for an administrator to allow a client, the longest waiting first."""
    from doorward.oauth.redirect_uri import redirect_host
    from doorward.operations.list_access_requests import list_access_requests

    with opened() as installation:
        waiting = list_access_requests(installation.database)
    if json:
        show_json(
            [
                {
                    "id": request.id,
                    "user": email,
                    "subject": request.subject,
                    "client_id": request.client_id,
                    "client_name": request.client_name,
                    "redirect_uri": request.redirect_uri,
                    "created_at": stamp(request.created_at),
                }
                for request, email in waiting
            ]
        )
        return
    show_table(
        ("ID", "PERSON", "DECIDES ABOUT", "CALLS ITSELF", "ANSWERED AT", "SINCE"),
        (
            (
                request.id,
                email,
                request.subject,
                request.client_name or "-",
                redirect_host(request.redirect_uri),
                when(request.created_at),
            )
            for request, email in waiting
        ),
        empty="Nobody waits for a decision.",
    )


COMMAND = Command(("requests", "list"), list_)
