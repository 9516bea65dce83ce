"""The connections to the upstream: the only place that speaks HTTP to it."""

import asyncio
import socket
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

import anyio
import httpx2

from doorward.gateway.refusals import Header, Refused, bad_gateway, bad_request, gateway_timeout, unavailable

CONNECT_SECONDS = 5.0
HEAD_SECONDS = 120.0
"""From the first byte to the last of an answer's head: a server that answers in plain JSON is silent until its tool
is done."""
SILENCE_SECONDS = 60.0
"""Between two pieces of a body, unless it is a stream of events, which may be silent for as long as it likes."""
WRITE_SECONDS = 30.0
POOL_SECONDS = 5.0
MAX_IDLE_CONNECTIONS = 64
IDLE_SECONDS = 4.0
"""Shorter than what common servers keep a connection for, so that no request meets one that is being closed."""

_FAILURES: Sequence[tuple[type[httpx2.TransportError], Callable[[str], Refused]]] = (
    (httpx2.PoolTimeout, unavailable),
    (httpx2.TimeoutException, gateway_timeout),
    (httpx2.TransportError, bad_gateway),
)


class Answer:
    """An answer whose head has come."""

    def __init__(self, response: httpx2.Response) -> None:
        self._response = response
        self.status = response.status_code
        self.headers: Sequence[Header] = response.headers.raw

    async def pieces(self, *, may_be_silent: bool) -> AsyncGenerator[bytes]:
        """The body as it comes, encoded as it was; nothing is held back and nothing kept.

        Raises:
            Refused: it ended too early, or did not go on.
        """
        stream = self._response.stream
        if not isinstance(stream, httpx2.AsyncByteStream):
            raise TypeError("the transport is asynchronous")
        pieces = aiter(stream)
        try:
            while True:
                async with asyncio.timeout(None if may_be_silent else SILENCE_SECONDS):
                    piece = await anext(pieces, None)
                if piece is None:
                    return
                yield piece
        except TimeoutError:
            raise gateway_timeout("body_silent") from None
        except httpx2.TransportError as error:
            raise _refusal(error) from None


class Upstream:
    """One MCP server at one address. Nothing of an answer outlives it: no cookie, no redirect, no cache, no proxy."""

    def __init__(self, url: str, *, max_connections: int) -> None:
        self.url = url
        self._url = httpx2.URL(url)
        self._host = (b"host", self._url.netloc)
        self._target = self._url.raw_path
        # A bare transport takes no proxy from the environment, only which authorities are trusted (`SSL_CERT_FILE`).
        self._transport = httpx2.AsyncHTTPTransport(
            limits=httpx2.Limits(
                max_connections=max_connections,
                max_keepalive_connections=MAX_IDLE_CONNECTIONS,
                keepalive_expiry=IDLE_SECONDS,
            ),
            socket_options=[(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1), (socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)],
        )

    @asynccontextmanager
    async def asked(
        self, method: str, query: bytes, headers: Sequence[Header], body: AsyncIterator[bytes] | None
    ) -> AsyncIterator[Answer]:
        """Send a request and have its answer until the block ends, however it ends.

        Raises:
            Refused: there is no answer, or not in time.
        """
        request = httpx2.Request(
            method,
            self._url,
            headers=[self._host, *headers],
            stream=_Body(body),
            extensions={
                "target": self._target + (b"?" + query if query else b""),
                "timeout": {"connect": CONNECT_SECONDS, "write": WRITE_SECONDS, "pool": POOL_SECONDS, "read": None},
            },
        )
        try:
            async with asyncio.timeout(HEAD_SECONDS):
                response = await self._transport.handle_async_request(request)
        except TimeoutError:
            raise gateway_timeout("head_late") from None
        except httpx2.LocalProtocolError:
            raise bad_request("the request is not what it says it is", reason="request_broken") from None
        except httpx2.TransportError as error:
            raise _refusal(error) from None
        try:
            yield Answer(response)
        finally:
            with anyio.CancelScope(shield=True):
                await response.aclose()

    async def aclose(self) -> None:
        """Close every connection."""
        await self._transport.aclose()


class _Body(httpx2.AsyncByteStream):
    """The body of a request, or none."""

    def __init__(self, pieces: AsyncIterator[bytes] | None) -> None:
        self._pieces = pieces

    async def __aiter__(self) -> AsyncIterator[bytes]:
        if self._pieces is not None:
            async for piece in self._pieces:
                yield piece


def _refusal(error: httpx2.TransportError) -> Refused:
    """What a client is told, by what went wrong; the name of the error is for the log."""
    answer = next(answer for kind, answer in _FAILURES if isinstance(error, kind))
    return answer(type(error).__name__)
