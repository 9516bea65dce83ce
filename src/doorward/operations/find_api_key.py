"""Look up an MCP API key that a request presents."""

from datetime import datetime

from doorward.identity.records import ApiKey
from doorward.kit.secrets import TokenPrefix, digest
from doorward.operations.ports import ServerDatabase


def find_api_key(database: ServerDatabase, *, key: str, now: datetime) -> ApiKey | None:
    """Return the key's record unless it is unknown, revoked, expired or of a disabled user."""
    if not key.startswith(TokenPrefix.API_KEY):
        return None
    return database.read(lambda stores: stores.api_keys.find_live(digest(key), now))
