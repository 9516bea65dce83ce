"""What the commands that decide about a waiting person share."""

from typing import Annotated

import typer

from doorward.cli.failure import CommandFailed
from doorward.cli.opening import opened
from doorward.cli.output import printable, say

RequestId = Annotated[str, typer.Argument(metavar="ID", help="The request, as `doorward requests list` shows it.")]
ForEverybody = Annotated[
    bool, typer.Option("--everybody", help="For everybody. [default: for the person who asked]", show_default=False)
]


def decide(request_id: str, *, approve: bool, everybody: bool) -> None:
    """Carry a decision out and say so."""
    from doorward.audit import RequestContext
    from doorward.oauth.client_rules import describe_subject
    from doorward.operations.decide_access_request import decide_access_request

    with opened() as installation:
        decided = decide_access_request(
            installation.database,
            request_id=request_id,
            approve=approve,
            for_everybody=everybody,
            now=installation.clock.now(),
            context=RequestContext(),
        )
        about = describe_subject(decided.subject, installation.known_clients) if decided is not None else ""
    if decided is None:
        raise CommandFailed("No such request waits; `doorward requests list` shows those that do.")
    whom = "everybody" if everybody else "the person who asked"
    say(f"{'Allowed' if approve else 'Refused'} {printable(about)} for {whom}.")
