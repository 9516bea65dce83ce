"""List the initial access tokens."""

from collections.abc import Sequence

from doorward.oauth.records import InitialAccessToken
from doorward.operations.ports import ServerDatabase


def list_initial_access_tokens(database: ServerDatabase) -> Sequence[InitialAccessToken]:
    """Return them, the oldest first; those that ended stay for 30 days."""
    return database.read(lambda stores: stores.initial_access_tokens.list())
