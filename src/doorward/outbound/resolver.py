"""Names become addresses on threads of their own, so that a name server that hangs holds up nobody else."""

import asyncio
import contextlib
import socket
import threading
from collections import Counter

from doorward.outbound.answer import NotAsked, NotReached
from doorward.outbound.site import site_of

MOST_AT_ONCE = 768
"""Threads that may wait for name servers; a look-up that nobody waits for any more still counts."""
MOST_OF_A_KIND = 512
"""So strangers cannot take what is left for addresses that are known, however many sites they have, nor these all."""
MOST_FOR_A_SITE = 8
"""So many of what strangers name, and as many again of what is known: a site holds no more, however long it hangs."""


class Resolver:
    """The system's resolver, awaited."""

    def __init__(self) -> None:
        self._places = _Places()

    async def resolve(self, host: str, port: int, *, is_known: bool = False) -> tuple[str, ...]:
        """Every address of a host, each once, in the system's order.

        Raises:
            NotReached: there is none.
            NotAsked: too many look-ups are under way.
        """
        site = site_of(host)
        if not self._places.take(site, is_known=is_known):
            raise NotAsked("too_many_look_ups")
        loop = asyncio.get_running_loop()
        found: asyncio.Future[tuple[str, ...]] = loop.create_future()

        def settle(addresses: tuple[str, ...]) -> None:
            if not found.done():
                found.set_result(addresses)

        def look_up() -> None:
            try:
                addresses = _look_up(host, port)
            finally:
                self._places.give_back(site, is_known=is_known)
            with contextlib.suppress(RuntimeError):  # the loop ended meanwhile
                loop.call_soon_threadsafe(settle, addresses)

        try:
            threading.Thread(target=look_up, name="doorward-resolver", daemon=True).start()
        except RuntimeError:  # the system has no thread left
            self._places.give_back(site, is_known=is_known)
            raise NotAsked("too_many_look_ups") from None
        if not (addresses := await found):
            raise NotReached("name_not_found")
        return addresses


class _Places:
    """Counts the look-ups under way until their threads end; safe to share between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._by_site: Counter[tuple[str, bool]] = Counter()
        self._taken: Counter[bool] = Counter()

    def take(self, site: str, *, is_known: bool) -> bool:
        with self._lock:
            is_free = (
                self._by_site[site, is_known] < MOST_FOR_A_SITE
                and self._taken.total() < MOST_AT_ONCE
                and self._taken[is_known] < MOST_OF_A_KIND
            )
            self._by_site[site, is_known] += is_free
            self._taken[is_known] += is_free
            self._drop_if_none(site, is_known=is_known)
            return is_free

    def give_back(self, site: str, *, is_known: bool) -> None:
        with self._lock:
            self._by_site[site, is_known] -= 1
            self._taken[is_known] -= 1
            self._drop_if_none(site, is_known=is_known)

    def _drop_if_none(self, site: str, *, is_known: bool) -> None:
        if not self._by_site[site, is_known]:
            del self._by_site[site, is_known]


def _look_up(host: str, port: int) -> tuple[str, ...]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return ()
    return tuple(dict.fromkeys(str(address[0]) for *_, address in found))
