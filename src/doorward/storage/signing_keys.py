"""The signing keys, shared by every process on one database."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, delete, func, insert, select, update

from doorward.jose.records import KeyState, StoredKey
from doorward.storage import schema
from doorward.storage.statements import values_of

_table = schema.signing_keys
_LOCK = 0x646F6F72_6B657973
"""The number of the advisory lock: `doorkeys`."""


class SqlSigningKeys:
    """The signing key store."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def lock(self) -> None:
        """Hold the one lock under which keys are made or moved; on SQLite a unit that writes has it anyway."""
        if self._connection.dialect.name == "postgresql":
            self._connection.execute(select(func.pg_advisory_xact_lock(_LOCK))).all()

    def list(self) -> Sequence[StoredKey]:
        rows = self._connection.execute(select(_table).order_by(_table.c.created_at, _table.c.kid))
        return [StoredKey(**row) for row in rows.mappings()]

    def add(self, key: StoredKey) -> None:
        self._connection.execute(insert(_table).values(values_of(key)))

    def set_state(self, kid: str, state: KeyState, *, retired_at: datetime | None = None) -> None:
        moved = update(_table).where(_table.c.kid == kid)
        self._connection.execute(moved.values(state=state, retired_at=retired_at))

    def delete(self, kid: str) -> None:
        self._connection.execute(delete(_table).where(_table.c.kid == kid))
