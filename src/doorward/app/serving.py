"""Listens and serves: one process, or several on one PostgreSQL."""

import contextlib
import gc
import os
import signal
import socket
from collections.abc import Callable
from dataclasses import replace
from functools import partial

import uvicorn
from uvicorn.config import STARTUP_FAILURE

from doorward.app.connection import Connection
from doorward.app.embedded import Doorward
from doorward.app.installation import open_installation
from doorward.app.metrics_port import listen_for_metrics
from doorward.app.web_app import create_app
from doorward.audit import RequestContext
from doorward.logs import configure_logging
from doorward.operations.create_setup_link import create_setup_link
from doorward.settings import Addresses, Settings, SettingsError, addresses

GRACEFUL_SHUTDOWN_SECONDS = 10
KEEP_ALIVE_SECONDS = 75
BACKLOG = 2048
WORKER_START_SECONDS = 30
RESERVED_FILES = 600
"""Open files for everything but connections, fetches from others included, and for those that are told that there are
too many."""

OnReady = Callable[[Addresses, str | None], None]


def serve(settings: Settings, *, host: str, port: int, workers: int, on_ready: OnReady) -> None:
    """Serve until told to stop; requests in flight are finished.

    `on_ready` is told the addresses and, while there is no administrator, the one-time link that makes one.

    Raises:
        SettingsError: the addresses, the port or the number of workers cannot be served.
    """
    where = addresses(settings, host=host, port=port)
    with open_installation(settings) as installation:
        if workers > 1 and installation.database.dialect != "postgresql":
            raise SettingsError("--workers above 1 needs PostgreSQL: set DOORWARD_DATABASE_URL, or use one worker.")
        if workers > 1 and settings.metrics_token is not None:
            raise SettingsError(
                "--workers above 1 and DOORWARD_METRICS_TOKEN exclude each other, for every process counts for itself: "
                "set DOORWARD_METRICS_PORT instead."
            )
        _check_metrics_port(settings, port)
        settings = settings.model_copy(update={"max_connections": _allow_connections(settings.max_connections)})
        with contextlib.ExitStack() as stack:
            sockets = [stack.enter_context(listener) for listener in _listen(host, port)]
            link = create_setup_link(installation.database, now=installation.clock.now(), context=RequestContext())
            announce = partial(on_ready, where, f"{where.dashboard_url}/setup/{link.reveal()}" if link else None)
            if workers == 1:
                app = create_app(replace(installation, settings=settings), port=port)
                _run_one(_Server(_config(app), announce), sockets)
                return
            _run_many(partial(_worker_app, settings, port, workers), sockets, workers, announce)


def _listen(host: str, port: int) -> list[socket.socket]:
    """The default host means this computer in both address families, as `localhost` does for clients."""
    hosts = ["127.0.0.1", "::1"] if host in ("127.0.0.1", "localhost") else [host]
    listeners: list[socket.socket] = []
    for at, name in enumerate(hosts):
        family = socket.AF_INET6 if ":" in name else socket.AF_INET
        try:
            listeners.append(socket.create_server((name, port), family=family, backlog=BACKLOG))
        except OSError as error:
            if at > 0:  # a machine without IPv6 is served on IPv4 alone
                break
            reason = os.strerror(error.errno) if error.errno else type(error).__name__
            raise SettingsError(
                f"--port {port} on {name} cannot be listened on ({reason}): choose another, such as --port {port + 1}."
            ) from None
    return listeners


def _check_metrics_port(settings: Settings, port: int) -> None:
    if settings.metrics_port is None:
        return
    if settings.metrics_port == port:
        raise SettingsError(f"DOORWARD_METRICS_PORT is the port {port} that everybody reaches: choose another.")
    try:
        listen_for_metrics(settings.metrics_host, settings.metrics_port, processes=1).close()
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else type(error).__name__
        raise SettingsError(
            f"DOORWARD_METRICS_PORT {settings.metrics_port} on {settings.metrics_host} cannot be listened on "
            f"({reason}): choose another."
        ) from None


def _allow_connections(wanted: int) -> int:
    """Raise the system's limit on open files as far as this process may; how many connections it lets us keep."""
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return wanted
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = wanted + RESERVED_FILES
    if soft != resource.RLIM_INFINITY and soft < needed:
        soft = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return wanted if soft == resource.RLIM_INFINITY else max(1, min(wanted, soft - RESERVED_FILES))


def _config(app: object, **changes: object) -> uvicorn.Config:
    return uvicorn.Config(
        app,  # type: ignore[arg-type]
        http=Connection,
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=GRACEFUL_SHUTDOWN_SECONDS,
        **changes,  # type: ignore[arg-type]
    )


class _Server(uvicorn.Server):
    """Says so once it listens."""

    def __init__(self, config: uvicorn.Config, on_ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_ready = on_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            _settle_memory()
            self._on_ready()


def _run_one(server: uvicorn.Server, sockets: list[socket.socket]) -> None:
    """Serve; SIGTERM ends it as Ctrl-C does, so that everything is closed and the exit code is 0.

    Once it has stopped, uvicorn raises the signal again that stopped it.
    """
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with contextlib.suppress(KeyboardInterrupt):
        server.run(sockets=sockets)
    if not server.started:
        raise SystemExit(STARTUP_FAILURE)


def _run_many(
    app: Callable[[], object], sockets: list[socket.socket], workers: int, on_ready: Callable[[], None]
) -> None:
    from uvicorn.supervisors import Multiprocess

    class Supervisor(Multiprocess):
        """Says so once every worker serves."""

        def init_processes(self) -> None:
            super().init_processes()
            if all(process.wait_until_ready(WORKER_START_SECONDS, self.should_exit) for process in self.processes):
                on_ready()

    supervisor = Supervisor(_config(app, factory=True, workers=workers), sockets)
    supervisor.run()
    if any(process.exitcode == STARTUP_FAILURE for process in supervisor.processes):
        raise SystemExit(STARTUP_FAILURE)


def _worker_app(settings: Settings, port: int, workers: int) -> object:
    """The application of one worker process, with an installation of its own."""
    configure_logging(level=settings.log_level, log_format=settings.log_format)
    app = Doorward(settings, port=port, processes=workers)
    _settle_memory()
    return app


def _settle_memory() -> None:
    """Keep the collector off what lives as long as the process: looking at it all takes tens of milliseconds a time."""
    gc.collect()
    gc.freeze()
