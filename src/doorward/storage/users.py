"""Accounts."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, bindparam, exists, select, update

from doorward.identity.ports import EmailTaken
from doorward.identity.records import User
from doorward.storage import schema
from doorward.storage.column_types import is_storable
from doorward.storage.statements import Upsert, values_of

_table = schema.users

_ADD = Upsert(
    _table,
    lambda insert: insert.on_conflict_do_nothing(index_elements=["email_canonical"]).returning(_table.c.id),
)
_BY_ID = select(_table).where(_table.c.id == bindparam("key"))
_BY_EMAIL = select(_table).where(_table.c.email_canonical == bindparam("key"))


class SqlUsers:
    """The user store."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, user: User) -> None:
        if _ADD.run(self._connection, values_of(user)).first() is None:
            raise EmailTaken

    def find(self, user_id: str) -> User | None:
        return self._find(_BY_ID, user_id) if is_storable(user_id) else None

    def find_by_email(self, email_canonical: str) -> User | None:
        return self._find(_BY_EMAIL, email_canonical) if is_storable(email_canonical) else None

    def list(self) -> Sequence[User]:
        rows = self._connection.execute(select(_table).order_by(_table.c.created_at, _table.c.id))
        return [User(**row) for row in rows.mappings()]

    def has_administrator(self) -> bool:
        return bool(self._connection.scalar(select(exists().where(_table.c.is_administrator))))

    def set_password_hash(self, user_id: str, password_hash: str, *, replacing: str | None) -> bool:
        unchanged = (_table.c.id == user_id) & _table.c.password_hash.is_not_distinct_from(replacing)
        replaced = update(_table).where(unchanged).values(password_hash=password_hash)
        return self._connection.execute(replaced).rowcount > 0

    def disable(self, user_id: str, at: datetime) -> bool:
        enabled = (_table.c.id == user_id) & _table.c.disabled_at.is_(None)
        return self._connection.execute(update(_table).where(enabled).values(disabled_at=at)).rowcount > 0

    def enable(self, user_id: str) -> bool:
        disabled = (_table.c.id == user_id) & _table.c.disabled_at.is_not(None)
        return self._connection.execute(update(_table).where(disabled).values(disabled_at=None)).rowcount > 0

    def _find(self, statement: Select[Any], key: str) -> User | None:  # Any: all columns
        row = self._connection.execute(statement, {"key": key}).mappings().first()
        return None if row is None else User(**row)
