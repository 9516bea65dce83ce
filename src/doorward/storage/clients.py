"""Clients that have a row, and what operators block."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, func, insert, select, update

from doorward.oauth.ports import TOUCH_INTERVAL
from doorward.oauth.records import Block, Client
from doorward.storage import schema
from doorward.storage.column_types import is_storable
from doorward.storage.statements import Upsert, delete_some, values_of

_clients = schema.clients
_blocks = schema.blocks
HOLD = 0x646F6F72_636C6E74
"""The number of the advisory lock between decisions and what ends clients: `doorclnt`."""

_FIND = select(_clients).where(_clients.c.client_id == bindparam("key"))
_ADD = insert(_clients)
_DELETE = delete(_clients).where(_clients.c.client_id == bindparam("key"))
_LIST = select(_clients).order_by(_clients.c.created_at, _clients.c.client_id)
_TOUCH = (
    update(_clients)
    .where(
        _clients.c.client_id == bindparam("key"),
        _clients.c.last_used_at.is_(None) | (_clients.c.last_used_at <= bindparam("before")),
    )
    .values(last_used_at=bindparam("at"))
)
_ADD_BLOCK = Upsert(_blocks, lambda insert: insert.on_conflict_do_nothing())
_REMOVE_BLOCK = delete(_blocks).where(_blocks.c.subject == bindparam("key"))
_BLOCKS = select(_blocks).order_by(_blocks.c.created_at, _blocks.c.subject)


class SqlClients:
    """The client store."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def find(self, client_id: str) -> Client | None:
        if not is_storable(client_id):
            return None
        row = self._connection.execute(_FIND, {"key": client_id}).mappings().first()
        return None if row is None else Client(**row)

    def add(self, client: Client) -> None:
        self._connection.execute(_ADD, values_of(client))

    def delete(self, client_id: str) -> bool:
        if not is_storable(client_id):
            return False
        return self._connection.execute(_DELETE, {"key": client_id}).rowcount > 0

    def list(self) -> Sequence[Client]:
        return [Client(**row) for row in self._connection.execute(_LIST).mappings()]

    def touch(self, client_id: str, at: datetime) -> None:
        self._connection.execute(_TOUCH, {"key": client_id, "at": at, "before": at - TOUCH_INTERVAL})

    def evict_never_used(self, *, keep: int, older_than: datetime, limit: int) -> int:
        """Delete self-registered clients that nobody connected: the too old ones, and the oldest above `keep`."""
        count = func.count()
        too_old = count.filter(_clients.c.created_at < older_than)
        counted = self._connection.execute(select(count, too_old).select_from(_clients).where(schema.NEVER_USED)).one()
        number = min(limit, max(counted[0] - keep, counted[1]))  # the oldest first, so one set holds the other
        if number == 0:
            return 0
        oldest = _clients.c.created_at
        return len(delete_some(self._connection, _clients, schema.NEVER_USED, order_by=oldest, limit=number))

    def hold(self, *, exclusive: bool) -> None:
        if self._connection.dialect.name == "postgresql":  # SQLite has one writer at a time anyway
            verb = "pg_advisory_xact_lock" if exclusive else "pg_advisory_xact_lock_shared"
            self._connection.exec_driver_sql(f"SELECT {verb}({HOLD})")

    def add_block(self, block: Block) -> None:
        _ADD_BLOCK.run(self._connection, values_of(block))

    def remove_block(self, subject: str) -> bool:
        if not is_storable(subject):
            return False
        return self._connection.execute(_REMOVE_BLOCK, {"key": subject}).rowcount > 0

    def blocks(self) -> Sequence[Block]:
        return [Block(**row) for row in self._connection.execute(_BLOCKS).mappings()]
