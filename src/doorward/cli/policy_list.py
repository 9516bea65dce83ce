"""`doorward policy list`."""

from typing import Annotated

import typer

from doorward.cli.command import Command
from doorward.cli.opening import opened
from doorward.cli.output import is_terminal, say, show_json, show_table, stamp, when


def list_(*, json: Annotated[bool, typer.Option("--json", help="Print a JSON list.")] = False) -> None:
    """List the rules about clients, and what holds for all others."""
    from doorward.operations.list_client_rules import list_client_rules

    with opened() as installation:
        rules = list_client_rules(installation.database)
        default = installation.settings.client_policy
    if json:
        show_json(
            [
                {
                    "subject": rule.subject,
                    "rule": rule.verdict.value,
                    "user": email,
                    "created_at": stamp(rule.created_at),
                }
                for rule, email in rules
            ]
        )
        return
    show_table(
        ("SUBJECT", "RULE", "FOR", "SINCE"),
        ((rule.subject, rule.verdict.value, email or "everybody", when(rule.created_at)) for rule, email in rules),
        empty="There are no rules.",
    )
    if is_terminal():
        say(f"For all other clients: {default} (DOORWARD_CLIENT_POLICY).")


COMMAND = Command(("policy", "list"), list_)
