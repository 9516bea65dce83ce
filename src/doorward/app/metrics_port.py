"""The port where Prometheus reads the metrics, apart from the one that everybody reaches."""

import asyncio
import contextlib
import errno
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog
import uvicorn
from uvicorn.server import ServerState

from doorward.app.connection import Connection
from doorward.app.edge import Edge
from doorward.web.endpoints.metrics import MetricsEndpoint
from doorward.web.metrics import Metrics

MAX_CONNECTIONS = 32

log = structlog.get_logger(__name__)


@asynccontextmanager
async def metrics_port(metrics: Metrics, host: str, port: int, *, processes: int) -> AsyncIterator[None]:
    """Listen for as long as the application lives.

    Each of several processes counts for itself, so each takes the first port that is free from `port` on.
    """
    listener = listen_for_metrics(host, port, processes=processes)
    config = uvicorn.Config(MetricsEndpoint(metrics), http=Connection, ws="none", lifespan="off", log_config=None)
    config.load()
    state = ServerState()
    app_state: dict[str, object] = {}
    Edge(max_connections=MAX_CONNECTIONS).hand_over(app_state)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Connection(config, state, app_state), sock=listener)
    log.info("metrics_port_open", port=listener.getsockname()[1])
    try:
        yield
    finally:
        server.close()
        for connection in list(state.connections):
            connection.shutdown()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(server.wait_closed(), 1)


def listen_for_metrics(host: str, port: int, *, processes: int) -> socket.socket:
    """Take the first port that is free among as many as there are processes; raises OSError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    for candidate in range(port, min(port + processes, 65536)):
        try:
            return socket.create_server((host, candidate), family=family)
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
    raise OSError(errno.EADDRINUSE, "no port is free for the metrics")
