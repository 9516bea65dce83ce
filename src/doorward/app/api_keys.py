"""API keys of this installation, as the resource server asks for them."""

from dataclasses import dataclass
from datetime import datetime

from doorward.operations.find_api_key import find_api_key
from doorward.operations.ports import ServerDatabase
from doorward.resource_server.ports import VerifiedToken


@dataclass(frozen=True, slots=True)
class DatabaseApiKeys:
    """Looks API keys up in the database; blocks."""

    database: ServerDatabase

    def find(self, key: str, now: datetime) -> VerifiedToken | None:
        """The live key's rights, or None."""
        found = find_api_key(self.database, key=key, now=now)
        if found is None:
            return None
        return VerifiedToken(
            subject=found.user_id,
            client_id=None,
            scope=tuple(found.scope.split()),
            audience=found.resource,
            public_id=found.public_id,
            expires_at=found.expires_at,
        )
