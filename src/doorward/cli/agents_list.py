"""`doorward agents list`."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from doorward.cli.command import Command
from doorward.cli.opening import opened
from doorward.cli.output import show_json, show_table, stamp, when

if TYPE_CHECKING:
    from doorward.oauth.records import AgentUse


def list_(
    *,
    people: Annotated[bool, typer.Option("--people", help="One line for each person and agent.")] = False,
    json: Annotated[
        bool, typer.Option("--json", help="Print a JSON list, with one entry for each person and agent.")
    ] = False,
) -> None:
    """List the agents that people are connected to, and clients that are none by where they are answered."""
    from doorward.operations.list_agents import list_agents

    with opened() as installation:
        uses = list_agents(installation.database, now=installation.clock.now())
        names = {agent.id: agent.name for agent in installation.known_clients.agents}
    if json:
        show_json(
            [
                {
                    "agent": use.agent,
                    "redirect_host": use.redirect_host or None,
                    "user": use.email,
                    "connections": use.connections,
                    "last_used_at": stamp(use.last_used_at),
                }
                for use in uses
            ]
        )
        return
    groups: dict[tuple[str, str], list[AgentUse]] = {}
    for use in uses:
        who = names.get(use.agent, use.agent) if use.agent is not None else f"unknown, at {use.redirect_host}"
        groups.setdefault((who, use.email if people else ""), []).append(use)
    show_table(
        ("AGENT", "PERSON" if people else "PEOPLE", "CONNECTIONS", "LAST USED"),
        (
            (
                who,
                person or str(len(found)),
                str(sum(use.connections for use in found)),
                when(_last_used(found)),
            )
            for (who, person), found in groups.items()
        ),
        empty="Nothing is connected yet.",
    )


def _last_used(uses: "Sequence[AgentUse]") -> datetime | None:
    return max((use.last_used_at for use in uses if use.last_used_at is not None), default=None)


COMMAND = Command(("agents", "list"), list_)
