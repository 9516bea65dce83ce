"""`doorward users list`."""

from typing import Annotated

import typer

from doorward.cli.command import Command
from doorward.cli.opening import opened
from doorward.cli.output import show_json, show_table, stamp, when


def list_(*, json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """List the accounts."""
    from doorward.operations.list_users import list_users

    with opened() as installation:
        users = list_users(installation.database)
    if json:
        show_json(
            [
                {
                    "id": user.id,
                    "email": user.email,
                    "email_verified": user.email_verified,
                    "administrator": user.is_administrator,
                    "created_at": stamp(user.created_at),
                    "disabled_at": stamp(user.disabled_at),
                }
                for user in users
            ]
        )
        return
    show_table(
        ("EMAIL", "ROLE", "CREATED", "DISABLED", "ID"),
        (
            (
                user.email,
                "administrator" if user.is_administrator else "user",
                when(user.created_at),
                when(user.disabled_at),
                user.id,
            )
            for user in users
        ),
        empty="There are no accounts yet. Make one with `doorward users create EMAIL`.",
    )


COMMAND = Command(("users", "list"), list_)
