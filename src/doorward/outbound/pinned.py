"""A network that leads to the addresses that were checked and to no others, and counts what comes."""

import ssl
from collections.abc import Iterable, Sequence
from typing import Any, cast

import httpcore2

from doorward.outbound.answer import FetchFailed

CONNECT_SECONDS = 1.5
"""For each address but the last: one that does not answer leaves time for the others."""


class PinnedNetwork(httpcore2.AsyncNetworkBackend):
    """Dials the given addresses in turn, whatever host it is asked for."""

    def __init__(self, addresses: Sequence[str], *, most_bytes: int) -> None:
        self._addresses, self._most_bytes = addresses, most_bytes
        self._network = cast("httpcore2.AsyncNetworkBackend", httpcore2.AnyIOBackend())

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore2's interface
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,  # Any: httpcore2 does not export the type
    ) -> httpcore2.AsyncNetworkStream:
        """Connect to the first of the addresses that answers."""
        *others, last = self._addresses
        for address in others:
            try:
                return self._counted(await self._network.connect_tcp(address, port, timeout=CONNECT_SECONDS))
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout):
                continue
        return self._counted(await self._network.connect_tcp(last, port))

    def _counted(self, stream: httpcore2.AsyncNetworkStream) -> httpcore2.AsyncNetworkStream:
        return CountedStream(stream, self._most_bytes)


class CountedStream(httpcore2.AsyncNetworkStream):
    """A stream that ends with FetchFailed when more comes than may."""

    def __init__(self, stream: httpcore2.AsyncNetworkStream, most_bytes: int) -> None:
        self._stream, self._left, self._most = stream, most_bytes, most_bytes

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109
        """Read what is there, as long as it is not too much."""
        data = await self._stream.read(min(max_bytes, self._left + 1), timeout)
        self._left -= len(data)
        if self._left < 0:
            raise FetchFailed("too_large")
        return data

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109
        """Pass on."""
        await self._stream.write(buffer, timeout)

    async def aclose(self) -> None:
        """Close."""
        await self._stream.aclose()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109
    ) -> httpcore2.AsyncNetworkStream:
        """Speak TLS, and count what is said in it."""
        return CountedStream(await self._stream.start_tls(ssl_context, server_hostname, timeout), self._most)

    def get_extra_info(self, info: str) -> object:
        """Pass on."""
        return self._stream.get_extra_info(info)
