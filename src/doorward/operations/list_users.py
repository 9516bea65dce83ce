"""List the accounts."""

from collections.abc import Sequence

from doorward.identity.records import User
from doorward.operations.ports import ServerDatabase


def list_users(database: ServerDatabase) -> Sequence[User]:
    """Return every user."""
    return database.read(lambda stores: stores.users.list())
