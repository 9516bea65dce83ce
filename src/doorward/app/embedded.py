"""The whole server as one ASGI application, for people who run their own ASGI server."""

from contextlib import AbstractContextManager

import anyio
import structlog
from starlette.types import Message, Receive, Scope, Send

from doorward.app.installation import Installation, open_installation
from doorward.app.lifespan import ServerApp
from doorward.app.web_app import create_app
from doorward.settings import Settings

log = structlog.get_logger(__name__)


class Doorward:
    """`app = Doorward(load_settings())`; it opens its installation when the lifespan starts, and closes it at the end.

    `port` is part of its address where `mcp_base_url` is unset; `processes` is how many serve together.
    """

    def __init__(self, settings: Settings, *, port: int = 8000, processes: int = 1) -> None:
        self._settings = settings
        self._port, self._processes = port, processes
        self._app: ServerApp | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or live through one lifespan (ASGI lifespan protocol)."""
        if scope["type"] == "lifespan":
            await self._live(scope, receive, send)
        elif self._app is None:
            raise RuntimeError("Doorward answers within an ASGI lifespan only: start it with a server that runs one")
        else:
            await self._app(scope, receive, send)

    async def _live(self, scope: Scope, receive: Receive, send: Send) -> None:
        startup = await receive()
        installation = open_installation(self._settings)
        try:
            opened = await anyio.to_thread.run_sync(installation.__enter__)
            app = create_app(opened, port=self._port, processes=self._processes)
        except Exception as error:  # the server ends with this message, as it must (ASGI lifespan protocol)
            log.exception("start_failed")
            await send({"type": "lifespan.startup.failed", "message": type(error).__name__})
            return
        self._app = app
        try:
            await app(scope, _first(startup, receive), send)
        finally:
            self._app = None
            with anyio.CancelScope(shield=True):
                await anyio.to_thread.run_sync(_close, installation)


def _close(installation: AbstractContextManager[Installation]) -> None:
    _ = installation.__exit__(None, None, None)


def _first(message: Message, receive: Receive) -> Receive:
    """Give a message that was taken already once more, then what follows."""
    waiting = [message]

    async def again() -> Message:
        return waiting.pop() if waiting else await receive()

    return again
