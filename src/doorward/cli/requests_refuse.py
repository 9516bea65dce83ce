"""`doorward requests refuse`."""

from doorward.cli.command import Command
from doorward.cli.requests_words import ForEverybody, RequestId, decide


def refuse(request_id: RequestId, *, everybody: ForEverybody = False) -> None:
    """Refuse what a person asked for; that is a block, and ends what it concerns."""
    decide(request_id, approve=False, everybody=everybody)


COMMAND = Command(("requests", "refuse"), refuse)
