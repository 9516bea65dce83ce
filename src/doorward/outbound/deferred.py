"""A connector that waits to be needed: its HTTP client takes a while to import."""

import asyncio
from typing import TYPE_CHECKING

from doorward.kit.fetch_target import FetchTarget
from doorward.outbound.answer import Answer, NotAsked

if TYPE_CHECKING:
    from doorward.outbound.connector import Connector


class DeferredConnector:
    """Made by the first address that somebody names, on a thread, so that nobody else waits for it."""

    def __init__(self, *, user_agent: str) -> None:
        self._user_agent = user_agent
        self._made: asyncio.Task[Connector] | None = None

    async def get(self, target: FetchTarget, *, accept: str, most_bytes: int, is_known: bool = False) -> Answer:
        """Ask for a body of at most so many bytes. Raises FetchFailed; NotAsked where the client cannot be loaded."""
        if self._made is None or (self._made.done() and self._made.exception() is not None):
            self._made = asyncio.create_task(asyncio.to_thread(self._make))
        try:
            connector = await asyncio.shield(self._made)
        except (ImportError, OSError) as error:
            raise NotAsked("no_client") from error
        return await connector.get(target, accept=accept, most_bytes=most_bytes, is_known=is_known)

    def _make(self) -> "Connector":
        from doorward.outbound.connector import Connector

        connector = Connector(user_agent=self._user_agent)
        connector.prepare()
        return connector
