"""`doorward requests approve`."""

from doorward.cli.command import Command
from doorward.cli.requests_words import ForEverybody, RequestId, decide


def approve(request_id: RequestId, *, everybody: ForEverybody = False) -> None:
    """Allow what a person asked for; their next try goes on to consent."""
    decide(request_id, approve=True, everybody=everybody)


COMMAND = Command(("requests", "approve"), approve)
