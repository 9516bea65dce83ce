"""List the people who wait for an administrator to allow a client."""

from collections.abc import Sequence

from doorward.oauth.records import AccessRequest
from doorward.operations.ports import ServerDatabase, Stores


def list_access_requests(database: ServerDatabase) -> Sequence[tuple[AccessRequest, str]]:
    """Return every request with the address of the person, the oldest first."""

    def unit(stores: Stores) -> Sequence[tuple[AccessRequest, str]]:
        waiting = stores.access_requests.list()
        people = {user_id: stores.users.find(user_id) for user_id in {request.user_id for request in waiting}}
        return [(request, user.email if (user := people[request.user_id]) else "") for request in waiting]

    return database.read(unit)


def count_access_requests(database: ServerDatabase) -> int:
    """Return how many wait."""
    return database.read(lambda stores: stores.access_requests.count())
