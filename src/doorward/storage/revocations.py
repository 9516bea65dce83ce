"""The revocation feed: Authorizations and API keys that were revoked, by their public ids."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, exists, select, union_all

from doorward.kit.unit_of_work import Database
from doorward.resource_server.ports import Revocation
from doorward.storage import schema
from doorward.storage.column_types import is_storable
from doorward.storage.stores import SqlStores

_authorizations = schema.authorizations
_api_keys = schema.api_keys


class StoredRevocations:
    """The feed as this server's own resource server polls it."""

    def __init__(self, database: Database[SqlStores]) -> None:
        self._database = database

    def revoked_after(self, after: datetime) -> Sequence[Revocation]:
        """Return every revocation at or after that instant, the oldest first.

        A revocation can be committed after its instant, so callers ask with an overlap.
        """
        return self._database.read(lambda stores: _revoked_after(stores.connection, after))

    def is_revoked(self, public_id: str) -> bool:
        if not is_storable(public_id):
            return False
        return self._database.read(lambda stores: _is_revoked(stores.connection, public_id))


def _revoked_after(connection: Connection, after: datetime) -> list[Revocation]:
    both = union_all(
        *(
            select(table.c.public_id, table.c.revoked_at).where(table.c.revoked_at >= after)
            for table in (_authorizations, _api_keys)
        )
    )
    found = [Revocation(row.public_id, row.revoked_at) for row in connection.execute(both)]
    return sorted(found, key=lambda revocation: revocation.revoked_at)


def _is_revoked(connection: Connection, public_id: str) -> bool:
    asked = (
        exists().where(table.c.public_id == public_id, table.c.revoked_at.is_not(None))
        for table in (_authorizations, _api_keys)
    )
    left, right = asked
    return bool(connection.scalar(select(left | right)))
