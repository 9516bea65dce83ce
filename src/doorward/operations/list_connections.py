"""List the clients a user is connected to."""

from collections.abc import Sequence
from datetime import datetime

from doorward.oauth.records import Authorization
from doorward.operations.ports import ServerDatabase


def list_connections(database: ServerDatabase, *, user_id: str, now: datetime) -> Sequence[Authorization]:
    """Return the user's live Authorizations, the newest first (ASVS 10.7.3)."""
    return database.read(lambda stores: stores.authorizations.list_connected(user_id, now))
