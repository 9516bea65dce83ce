"""A client that turns out to be another than it was remembered as: what it asked for is looked at anew."""

from collections.abc import Callable
from typing import TypeVar

from doorward.oauth.errors import AccessDenied
from doorward.oauth.records import Client
from doorward.oauth.server import Server

T = TypeVar("T")


class ClientChanged(AccessDenied):
    """The client is not what the request was checked against: it ended, changed, or may not be connected any more."""

    def __init__(self, client: Client) -> None:
        super().__init__(reason="client_changed")
        self.changed = client.client_id


def answered(server: Server, answer: Callable[[bool], T]) -> T:
    """Answer by what is remembered of clients; where that turns out to be old, answer again by what is so now.

    `answer` is told whether it is the second time.
    """
    try:
        return answer(False)  # noqa: FBT003 - its only argument
    except ClientChanged as error:
        server.look_anew(error.changed)
        return answer(True)  # noqa: FBT003 - its only argument
