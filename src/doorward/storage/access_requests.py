"""People who wait for an administrator to allow a client."""

from collections.abc import Sequence

from sqlalchemy import Connection, bindparam, delete, func, select

from doorward.oauth.records import AccessRequest
from doorward.storage import schema
from doorward.storage.column_types import is_storable
from doorward.storage.statements import Upsert, values_of

_table = schema.access_requests
_ADD = Upsert(_table, lambda insert: insert.on_conflict_do_nothing())
_FIND = select(_table).where(_table.c.user_id == bindparam("user"), _table.c.subject == bindparam("about"))


class SqlAccessRequests:
    """The store of access requests."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, request: AccessRequest) -> None:
        _ADD.run(self._connection, values_of(request))

    def find(self, user_id: str, subject: str) -> AccessRequest | None:
        row = self._connection.execute(_FIND, {"user": user_id, "about": subject}).mappings().first()
        return None if row is None else AccessRequest(**row)

    def count(self) -> int:
        return self._connection.scalar(select(func.count()).select_from(_table)) or 0

    def count_of_user(self, user_id: str) -> int:
        counted = select(func.count()).select_from(_table).where(_table.c.user_id == user_id)
        return self._connection.scalar(counted) or 0

    def evict_oldest(self, *, keep: int) -> int:
        newest = select(_table.c.id).order_by(_table.c.created_at.desc(), _table.c.id).limit(keep)
        if self.count() <= keep:
            return 0
        return self._connection.execute(delete(_table).where(_table.c.id.not_in(newest))).rowcount

    def list(self) -> Sequence[AccessRequest]:
        rows = self._connection.execute(select(_table).order_by(_table.c.created_at, _table.c.id))
        return [AccessRequest(**row) for row in rows.mappings()]

    def take(self, request_id: str) -> AccessRequest | None:
        if not is_storable(request_id):
            return None
        taken = delete(_table).where(_table.c.id == request_id).returning(*_table.c)
        row = self._connection.execute(taken).mappings().first()
        return None if row is None else AccessRequest(**row)

    def settle(self, subject: str, user_id: str | None = None) -> int:
        about = _table.c.subject == subject
        meant = about if user_id is None else about & (_table.c.user_id == user_id)
        return self._connection.execute(delete(_table).where(meant)).rowcount
