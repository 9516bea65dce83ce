"""One GET: resolve once, check every answer, dial what was checked, and stop at the first byte too many."""

import contextlib
import ssl
from collections.abc import Awaitable
from functools import cached_property
from typing import Protocol

import anyio
import httpcore2
import httpx2

from doorward.kit.fetch_target import HTTPS_PORT, FetchTarget
from doorward.kit.public_addresses import is_loopback, is_public
from doorward.outbound.answer import Answer, FetchFailed, NotReached
from doorward.outbound.freshness import freshness
from doorward.outbound.pinned import PinnedNetwork
from doorward.outbound.resolver import Resolver

MAX_HEAD = 16 * 1024
_IDENTITY = (b"", b"identity")


class Resolve(Protocol):
    """Finds the addresses of a host; what is known has places of its own."""

    def __call__(self, host: str, port: int, *, is_known: bool = False) -> Awaitable[tuple[str, ...]]: ...


class Connector:
    """Asks servers over verified TLS: no redirects, no proxies, no cookies, no connection used twice.

    `SSL_CERT_FILE` and `SSL_CERT_DIR` say which authorities count, as they do for every program on OpenSSL.
    """

    def __init__(self, *, user_agent: str, resolve: Resolve | None = None, tls: ssl.SSLContext | None = None) -> None:
        self._user_agent = user_agent.encode("ascii")
        self._resolve = resolve or Resolver().resolve
        self._given_tls = tls

    @cached_property
    def _tls(self) -> ssl.SSLContext:
        """Made when it is first needed: reading the authorities takes a while."""
        return self._given_tls or httpx2.create_ssl_context()

    def prepare(self) -> None:
        """Read the authorities now; where they cannot be read, every fetch fails for that."""
        with contextlib.suppress(OSError):
            _ = self._tls

    async def get(self, target: FetchTarget, *, accept: str, most_bytes: int, is_known: bool = False) -> Answer:
        """Ask for a body of at most so many bytes; whoever calls sets the deadline.

        Raises:
            FetchFailed: there is no such answer.
        """
        addresses = await self._resolve(target.host, target.port, is_known=is_known)
        is_allowed = is_loopback if target.is_loopback else is_public
        if not all(is_allowed(address) for address in addresses):
            raise NotReached("address_not_public")
        try:
            return await self._exchange(target, addresses, accept, most_bytes)
        except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
            if isinstance(error.__context__, ssl.SSLError):
                raise FetchFailed("tls") from None
            raise NotReached("connect") from None
        except (httpcore2.NetworkError, httpcore2.ProtocolError, httpcore2.TimeoutException, OSError):
            raise FetchFailed("broken_answer") from None

    async def _exchange(self, target: FetchTarget, addresses: tuple[str, ...], accept: str, most_bytes: int) -> Answer:
        url = httpcore2.URL(target.url)
        connection = httpcore2.AsyncHTTPConnection(
            origin=url.origin,
            ssl_context=self._tls,
            network_backend=PinnedNetwork(addresses, most_bytes=MAX_HEAD + most_bytes),
        )
        request = httpcore2.Request("GET", url, headers=self._headers(target, accept))
        try:
            response = await connection.handle_async_request(request)
            if _header(response, b"content-encoding") not in _IDENTITY:
                raise FetchFailed("encoded")
            return Answer(
                status=response.status,
                media_type=_header(response, b"content-type").split(b";")[0].strip().decode("latin-1"),
                max_age=freshness(response.headers),
                body=await _read(response, most_bytes),
            )
        finally:
            with anyio.CancelScope(shield=True):
                await connection.aclose()

    def _headers(self, target: FetchTarget, accept: str) -> list[tuple[bytes, bytes]]:
        host = f"[{target.host}]" if ":" in target.host else target.host
        authority = host if target.port == HTTPS_PORT else f"{host}:{target.port}"
        return [
            (b"Host", authority.encode()),
            (b"User-Agent", self._user_agent),
            (b"Accept", accept.encode()),
            (b"Accept-Encoding", b"identity"),
            (b"Connection", b"close"),
        ]


async def _read(response: httpcore2.Response, most_bytes: int) -> bytes:
    declared = _header(response, b"content-length")
    if declared.isdigit() and int(declared) > most_bytes:
        raise FetchFailed("too_large")
    body = bytearray()
    async for chunk in response.aiter_stream():
        body += chunk
        if len(body) > most_bytes:
            raise FetchFailed("too_large")
    return bytes(body)


def _header(response: httpcore2.Response, name: bytes) -> bytes:
    return next((value for key, value in response.headers if key.lower() == name), b"").strip().lower()
