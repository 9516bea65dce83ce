"""What the connections of a server may cost, and who is told when one costs more."""

from collections.abc import Callable, MutableMapping
from dataclasses import dataclass
from typing import Any

STATE_KEY = "doorward.edge"
REQUEST_SECONDS = 10.0
"""A request must arrive whole within this time, head and body, however slowly it trickles."""
MAX_HEAD_BYTES = 32 * 1024
MAX_TARGET_BYTES = 16 * 1024
MAX_HEADERS = 100
MAX_BODY_BYTES = 4 * 1024 * 1024
"""Of any request; most endpoints take far less."""
MAX_PIPELINED = 16


def _nobody(*_: object) -> None:
    """Tell nobody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """The limits of the connections of one process."""

    max_connections: int = 2000
    on_cut_off: Callable[[int], None] = _nobody
    """Told the status of every request that the edge refused."""
    on_stop: Callable[[], None] = _nobody
    """Told, once for each connection, that the server stops and waits for what is under way."""

    def hand_over(self, state: MutableMapping[str, Any]) -> None:  # Any: the lifespan state of ASGI
        """Let the server's connections find this in the lifespan state."""
        state[STATE_KEY] = self
