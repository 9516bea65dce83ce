"""MCP API keys."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, insert, or_, select, update

from doorward.identity.records import ApiKey
from doorward.storage import schema
from doorward.storage.column_types import is_storable
from doorward.storage.statements import values_of

_keys = schema.api_keys
_users = schema.users


class SqlApiKeys:
    """The API key store."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, key: ApiKey) -> None:
        self._connection.execute(insert(_keys).values(values_of(key)))

    def find_live(self, key_hash: bytes, now: datetime) -> ApiKey | None:
        live = _keys.c.revoked_at.is_(None) & or_(_keys.c.expires_at.is_(None), _keys.c.expires_at > now)
        of_live_user = select(_keys).join_from(_keys, _users, _keys.c.user_id == _users.c.id)
        row = (
            self._connection.execute(
                of_live_user.where(_keys.c.key_hash == key_hash, live, _users.c.disabled_at.is_(None))
            )
            .mappings()
            .first()
        )
        return None if row is None else ApiKey(**row)

    def list_of_user(self, user_id: str) -> Sequence[ApiKey]:
        own = (_keys.c.user_id == user_id) & _keys.c.revoked_at.is_(None)
        rows = self._connection.execute(select(_keys).where(own).order_by(_keys.c.created_at.desc(), _keys.c.public_id))
        return [ApiKey(**row) for row in rows.mappings()]

    def revoke(self, public_id: str, user_id: str, at: datetime) -> bool:
        if not is_storable(public_id):
            return False
        own = (_keys.c.public_id == public_id) & (_keys.c.user_id == user_id) & _keys.c.revoked_at.is_(None)
        return self._connection.execute(update(_keys).where(own).values(revoked_at=at)).rowcount > 0
