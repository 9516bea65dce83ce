"""Fetches what strangers name, within one deadline, without letting any of them hold up the others."""

from typing import Protocol

from doorward.kit.fetch_target import FetchTarget, read_fetch_target
from doorward.outbound.answer import Answer, FetchFailed
from doorward.outbound.flights import FlightLimits, Flights
from doorward.outbound.site import site_of


class Connects(Protocol):
    """Asks one server once."""

    async def get(self, target: FetchTarget, *, accept: str, most_bytes: int, is_known: bool = False) -> Answer:
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

    async def get(self, url: str, *, accept: str, most_bytes: int, is_known: bool = False) -> Answer:
        """Ask for a body of at most so many bytes; whoever asks for the same address meanwhile gets the same answer.

        What is known of a site, which strangers cannot make up, is a site of its own: theirs do not hold it up.

        Raises:
            FetchFailed: there is no such answer; why is not for strangers to know.
            NotAsked: there was no room to ask.
        """
        target = read_fetch_target(url, allow_loopback=self._allow_loopback)
        if target is None:
            raise FetchFailed("url_not_allowed")
        kind = "known " if is_known else ""
        return await self._flights.run(
            url,
            kind + site_of(target.host),
            lambda: self._connector.get(target, accept=accept, most_bytes=most_bytes, is_known=is_known),
            host=kind + target.host,
            is_known=is_known,
        )

    @property
    def in_the_air(self) -> int:
        """How many fetches are under way."""
        return self._flights.in_the_air

    def close(self) -> None:
        """End what is under way."""
        self._flights.close()
