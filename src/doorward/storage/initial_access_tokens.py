"""Initial access tokens."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, insert, or_, select, update
from sqlalchemy.sql.elements import ColumnElement

from doorward.oauth.records import InitialAccessToken
from doorward.storage import schema
from doorward.storage.column_types import is_storable
from doorward.storage.statements import values_of

_table = schema.initial_access_tokens


class SqlInitialAccessTokens:
    """The store of initial access tokens."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, token: InitialAccessToken) -> None:
        self._connection.execute(insert(_table).values(values_of(token)))

    def spend(self, token_hash: bytes, now: datetime) -> InitialAccessToken | None:
        spent = update(_table).where(_live(token_hash, now))
        values = {"uses_left": _table.c.uses_left - 1, "last_used_at": now}
        row = self._connection.execute(spent.values(values).returning(*_table.c)).mappings().first()
        return None if row is None else InitialAccessToken(**row)

    def list(self) -> Sequence[InitialAccessToken]:
        rows = self._connection.execute(select(_table).order_by(_table.c.created_at, _table.c.id))
        return [InitialAccessToken(**row) for row in rows.mappings()]

    def revoke(self, token_id: str, at: datetime) -> bool:
        if not is_storable(token_id):
            return False
        live = (_table.c.id == token_id) & _table.c.revoked_at.is_(None)
        return self._connection.execute(update(_table).where(live).values(revoked_at=at)).rowcount > 0


def _live(token_hash: bytes, now: datetime) -> ColumnElement[bool]:
    """Hash, not revoked, in time, and a use left: every condition stands in the statement."""
    in_time = or_(_table.c.expires_at.is_(None), _table.c.expires_at > now)
    has_uses = or_(_table.c.uses_left.is_(None), _table.c.uses_left > 0)
    return (_table.c.token_hash == token_hash) & _table.c.revoked_at.is_(None) & in_time & has_uses
