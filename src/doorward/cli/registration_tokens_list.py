"""`doorward registration-tokens list`."""

from typing import Annotated

import typer

from doorward.cli.command import Command
from doorward.cli.opening import opened
from doorward.cli.output import show_json, show_table, when
from doorward.cli.registration_token_words import describe_token, uses_in_words


def list_(*, json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """List the initial access tokens; those that ended stay for 30 days."""
    from doorward.operations.list_initial_access_tokens import list_initial_access_tokens

    with opened() as installation:
        tokens = list_initial_access_tokens(installation.database)
    if json:
        show_json([describe_token(token) for token in tokens])
        return
    show_table(
        ("ID", "NAME", "USES LEFT", "CREATED", "EXPIRES", "LAST USED", "REVOKED"),
        (
            (
                token.id,
                token.name,
                uses_in_words(token),
                when(token.created_at),
                when(token.expires_at),
                when(token.last_used_at),
                when(token.revoked_at),
            )
            for token in tokens
        ),
        empty="There are none. Make one with `doorward registration-tokens create --name NAME`.",
    )


COMMAND = Command(("registration-tokens", "list"), list_)
