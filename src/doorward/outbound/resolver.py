"""Names become addresses on threads of their own, so that a name server that hangs holds up nobody else."""

import asyncio
import contextlib
import socket
import threading

from doorward.outbound.answer import FetchFailed

MOST_AT_ONCE = 256
"""Threads that may wait for name servers; a look-up that nobody waits for any more still counts."""


class Resolver:
    """The system's resolver, awaited."""

    def __init__(self) -> None:
        self._places = threading.BoundedSemaphore(MOST_AT_ONCE)

    async def resolve(self, host: str, port: int) -> tuple[str, ...]:
        """Every address of a host, each once, in the system's order.

        Raises:
            FetchFailed: there is none, or too many look-ups are under way.
        """
        if not self._places.acquire(blocking=False):
            raise FetchFailed("too_many_look_ups")
        loop = asyncio.get_running_loop()
        found: asyncio.Future[tuple[str, ...]] = loop.create_future()

        def settle(addresses: tuple[str, ...]) -> None:
            if not found.done():
                found.set_result(addresses)

        def look_up() -> None:
            try:
                addresses = _look_up(host, port)
            finally:
                self._places.release()
            with contextlib.suppress(RuntimeError):  # the loop ended meanwhile
                loop.call_soon_threadsafe(settle, addresses)

        threading.Thread(target=look_up, name="doorward-resolver", daemon=True).start()
        if not (addresses := await found):
            raise FetchFailed("name_not_found")
        return addresses


def _look_up(host: str, port: int) -> tuple[str, ...]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return ()
    return tuple(dict.fromkeys(str(address[0]) for *_, address in found))
