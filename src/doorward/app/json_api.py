"""The JSON API, imported and made by the first request that asks for it: its framework takes its time and memory."""

import asyncio
from collections.abc import Iterable

import anyio.to_thread
from starlette.types import ASGIApp, Receive, Scope, Send

from doorward.web.context import Web
from doorward.web.route_names import RouteNames


class JsonApi:
    """Answers below `/api/`; once it is made, `names` knows its routes."""

    def __init__(self, web: Web, names: RouteNames) -> None:
        self._web, self._names = web, names
        self._app: ASGIApp | None = None
        self._making = asyncio.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        await (self._app or await self._made())(scope, receive, send)

    async def _made(self) -> ASGIApp:
        async with self._making:
            if self._app is None:
                app, templates = await anyio.to_thread.run_sync(_make, self._web)
                self._names.add(templates)
                self._app = app
            return self._app


def _make(web: Web) -> tuple[ASGIApp, Iterable[str]]:
    from fastapi.routing import APIRoute

    from doorward.web.api import ROUTERS, create_api

    templates = [route.path for router in ROUTERS for route in router.routes if isinstance(route, APIRoute)]
    return create_api(web), (*templates, "/api/openapi.json")
