"""Remembered consents."""

from sqlalchemy import Connection, delete, select

from doorward.oauth.records import Consent
from doorward.storage import schema
from doorward.storage.statements import upsert, values_of

_table = schema.consents
_KEY = ("user_id", "client_id", "redirect_host", "resource")


class SqlConsents:
    """The consent store."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def find(self, user_id: str, client_id: str, redirect_host: str, resource: str) -> Consent | None:
        key = dict(zip(_KEY, (user_id, client_id, redirect_host, resource), strict=True))
        row = self._connection.execute(select(_table).filter_by(**key)).mappings().first()
        return None if row is None else Consent(**row)

    def remember(self, consent: Consent) -> None:
        statement = upsert(self._connection, _table).values(values_of(consent))
        replaced = {"scope": statement.excluded.scope, "granted_at": statement.excluded.granted_at}
        self._connection.execute(statement.on_conflict_do_update(index_elements=_KEY, set_=replaced))

    def forget(self, user_id: str, client_id: str) -> None:
        self._connection.execute(delete(_table).where(_table.c.user_id == user_id, _table.c.client_id == client_id))
