"""An HTTP client of an application in its own thread: no server, and no other thread to wait for at every step."""

import asyncio
import atexit
import contextvars
from collections.abc import AsyncIterator, Iterable

import httpx2

_RUNNER = asyncio.Runner()
atexit.register(_RUNNER.close)


class AsgiClient(httpx2.Client):
    """Calls an ASGI application as `httpx2.Client` calls a server; what the application raises, it raises."""

    def __init__(self, app: object, *, base_url: str = "http://localhost:8000") -> None:
        self.app = app
        super().__init__(transport=_InThisThread(app), base_url=base_url)


class _Pieces(httpx2.AsyncByteStream):
    """A body that comes piece by piece."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = pieces

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self._pieces:
            yield piece


class _InThisThread(httpx2.BaseTransport):
    """Runs the application until it has answered."""

    def __init__(self, app: object) -> None:
        self._asgi = httpx2.ASGITransport(app=app)  # pyright: ignore[reportArgumentType] - as untyped as ASGI

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        return _RUNNER.run(self._answer(request), context=contextvars.copy_context())

    async def _answer(self, request: httpx2.Request) -> httpx2.Response:
        if not isinstance(request.stream, httpx2.AsyncByteStream):
            request.stream = _Pieces(request.stream)
        answer = await self._asgi.handle_async_request(request)
        return httpx2.Response(
            answer.status_code, headers=answer.headers, stream=httpx2.ByteStream(await answer.aread())
        )
