"""A connector that waits to be needed: its HTTP client takes a while to import."""

from functools import cached_property
from typing import TYPE_CHECKING

from doorward.kit.fetch_target import FetchTarget
from doorward.outbound.answer import Answer

if TYPE_CHECKING:
    from doorward.outbound.connector import Connector


class DeferredConnector:
    """Made by the first address that somebody names."""

    def __init__(self, *, user_agent: str) -> None:
        self._user_agent = user_agent

    @cached_property
    def _connector(self) -> "Connector":
        from doorward.outbound.connector import Connector

        return Connector(user_agent=self._user_agent)

    async def get(self, target: FetchTarget, *, accept: str, most_bytes: int, is_known: bool = False) -> Answer:
        """Ask for a body of at most so many bytes. Raises FetchFailed."""
        return await self._connector.get(target, accept=accept, most_bytes=most_bytes, is_known=is_known)
