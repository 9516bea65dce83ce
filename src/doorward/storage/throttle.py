"""Counters of attempts: the generic cell rate algorithm, one upsert an attempt."""

import hashlib
from datetime import datetime, timedelta

from sqlalchemy import BigInteger, Connection, bindparam, case, delete, select, type_coerce, update

from doorward.storage import schema
from doorward.storage.column_types import duration_microseconds, to_microseconds
from doorward.storage.statements import Upsert

_table = schema.throttle

# As plain integers: an instant plus a number is an instant here, whatever a column type says.
_free_at = type_coerce(_table.c.free_at, BigInteger)
_moment, _step, _whole = (bindparam(name, type_=BigInteger) for name in ("moment", "step", "whole"))
_start = case((_free_at > _moment, _free_at), else_=_moment)
_TAKE = Upsert(
    _table,
    lambda insert: (
        insert.values(key_hash=bindparam("key"), free_at=bindparam("first"))
        .on_conflict_do_update(
            index_elements=["key_hash"], set_={"free_at": _start + _step}, where=_start + _step - _moment <= _whole
        )
        .returning(_table.c.key_hash)
    ),
)
_FREE_AT = select(_table.c.free_at).where(_table.c.key_hash == bindparam("key"))


class SqlThrottle:
    """The throttle store; a key is kept as its hash, so its length and its content do not matter."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def take(self, key: str, *, burst: int, period: timedelta, now: datetime) -> timedelta | None:
        """Count an attempt against `burst` attempts in `period`; None when allowed, else how long to wait.

        `free_at` is when the counter is empty again. Each attempt moves it by `period // burst`, from now at the
        earliest, and is refused when that would put it more than `period` ahead.
        """
        interval, whole, moment = period // burst, duration_microseconds(period), to_microseconds(now)
        step = duration_microseconds(interval)
        numbers = {"moment": moment, "step": step, "whole": whole}
        taken = _TAKE.run(self._connection, {"key": _hash(key), "first": now + interval, **numbers})
        if taken.first() is not None:
            return None
        full: datetime | None = self._connection.scalar(_FREE_AT, {"key": _hash(key)})
        return timedelta(0) if full is None else max(full + interval - period - now, timedelta(0))

    def give_back(self, key: str, *, burst: int, period: timedelta) -> None:
        """Take one counted attempt back."""
        step = duration_microseconds(period // burst)
        back = update(_table).where(_table.c.key_hash == _hash(key))
        self._connection.execute(back.values(free_at=type_coerce(_table.c.free_at, BigInteger) - step))

    def reset(self, key: str) -> None:
        self._connection.execute(delete(_table).where(_table.c.key_hash == _hash(key)))


def _hash(key: str) -> bytes:
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).digest()
