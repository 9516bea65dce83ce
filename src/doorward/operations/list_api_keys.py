"""List a user's MCP API keys."""

from collections.abc import Sequence

from doorward.identity.records import ApiKey
from doorward.operations.ports import ServerDatabase


def list_api_keys(database: ServerDatabase, *, user_id: str) -> Sequence[ApiKey]:
    """Return the keys that are not revoked, the newest first."""
    return database.read(lambda stores: stores.api_keys.list_of_user(user_id))
