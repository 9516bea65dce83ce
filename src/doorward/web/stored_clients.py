"""What is done to a stored client, by its owner or by an administrator; this process goes by it from then on."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

from doorward.audit import RequestContext
from doorward.kit.secrets import Secret
from doorward.oauth.records import Client
from doorward.operations.delete_client import delete_client
from doorward.operations.drop_old_secret import drop_old_secret
from doorward.operations.ports import ServerDatabase
from doorward.operations.rotate_client_secret import rotate_client_secret
from doorward.operations.update_client import ClientChanges, update_client
from doorward.web.context import Web

T = TypeVar("T")


class NoSuchClient(Exception):
    """There is no client of that id, or it is somebody else's, or there is nothing of it to end."""


class _Ending(Protocol):
    def __call__(
        self,
        database: ServerDatabase,
        *,
        client_id: str,
        owner_id: str | None,
        by_user: str | None,
        now: datetime,
        context: RequestContext,
    ) -> bool: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredClients:
    """Those that one caller may change; every method raises `NoSuchClient` for the others."""

    web: Web
    context: RequestContext
    owner_id: str | None
    """The person whose clients they are; None for an administrator, who may change all."""
    by_user: str | None
    """The administrator; None for an owner."""

    async def update(self, client_id: str, changes: ClientChanges) -> Client:
        """Change what is named; the client as it is now."""
        client = await self.web.run(
            update_client,
            self.web.database,
            client_id=client_id,
            changes=changes,
            scopes_supported=self.web.server.policy.known_scope,
            schemes=self.web.server.clients.known.redirect_schemes,
            owner_id=self.owner_id,
            by_user=self.by_user,
            now=self.web.clock.now(),
            context=self.context,
        )
        return self._changed(client_id, client)

    async def rotate_secret(self, client_id: str, *, overlap: timedelta) -> tuple[Client, Secret]:
        """Make a new secret, while the old one goes on for a while."""
        rotated = await self.web.run(
            rotate_client_secret,
            self.web.database,
            client_id=client_id,
            overlap=overlap,
            owner_id=self.owner_id,
            by_user=self.by_user,
            now=self.web.clock.now(),
            context=self.context,
        )
        return self._changed(client_id, rotated)

    async def drop_old_secret(self, client_id: str) -> None:
        """End the secret that a rotation replaced, before its time."""
        await self._end(drop_old_secret, client_id)

    async def delete(self, client_id: str) -> None:
        """Delete it, and end its connections."""
        await self._end(delete_client, client_id)

    async def _end(self, ending: _Ending, client_id: str) -> None:
        ended = await self.web.run(
            ending,
            self.web.database,
            client_id=client_id,
            owner_id=self.owner_id,
            by_user=self.by_user,
            now=self.web.clock.now(),
            context=self.context,
        )
        _ = self._changed(client_id, ended or None)

    def _changed(self, client_id: str, outcome: T | None) -> T:
        if outcome is None:
            raise NoSuchClient
        self.web.server.stored_clients.forget(client_id)
        return outcome
