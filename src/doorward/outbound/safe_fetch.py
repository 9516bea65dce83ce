"""Fetches what strangers name, within one deadline, without letting any of them hold up the others."""

from typing import Protocol

from doorward.kit.fetch_target import FetchTarget, read_fetch_target
from doorward.outbound.answer import Answer, FetchFailed
from doorward.outbound.flights import FlightLimits, Flights


class Connects(Protocol):
    """Asks one server once."""

    async def get(self, target: FetchTarget, *, accept: str, most_bytes: int) -> Answer:
        """Ask for a body of at most so many bytes. Raises FetchFailed."""
        ...


class SafeFetch:
    """The one way out."""

    def __init__(
        self, connector: Connects, *, allow_loopback: bool = False, limits: FlightLimits | None = None
    ) -> None:
        self._connector = connector
        self._allow_loopback = allow_loopback
        self._flights: Flights[Answer] = Flights(limits or FlightLimits())

    async def get(self, url: str, *, accept: str, most_bytes: int) -> Answer:
        """Ask for a body of at most so many bytes; whoever asks for the same address meanwhile gets the same answer.

        Raises:
            FetchFailed: there is no such answer; why is not for strangers to know.
        """
        target = read_fetch_target(url, allow_loopback=self._allow_loopback)
        if target is None:
            raise FetchFailed("url_not_allowed")
        return await self._flights.run(
            url, _site(target.host), lambda: self._connector.get(target, accept=accept, most_bytes=most_bytes)
        )

    @property
    def in_the_air(self) -> int:
        """How many fetches are under way."""
        return self._flights.in_the_air

    def close(self) -> None:
        """End what is under way."""
        self._flights.close()


def _site(host: str) -> str:
    """What hosts of one owner have in common, near enough: the last two labels, so that a wildcard is one site."""
    return host if ":" in host or host.replace(".", "").isdigit() else ".".join(host.split(".")[-2:])
