"""Remembered consents."""

from sqlalchemy import Connection, bindparam, delete, select

from doorward.oauth.records import Consent
from doorward.storage import schema
from doorward.storage.statements import Upsert, values_of

_table = schema.consents
_KEY: tuple[str, ...] = ("user_id", "client_id", "redirect_host", "resource")
_FIND = select(_table).where(*(_table.c[name] == bindparam(name) for name in _KEY))
_REMEMBER = Upsert(
    _table,
    lambda insert: insert.on_conflict_do_update(
        index_elements=_KEY, set_={"scope": insert.excluded.scope, "granted_at": insert.excluded.granted_at}
    ),
)


class SqlConsents:
    """The consent store."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def find(self, user_id: str, client_id: str, redirect_host: str, resource: str) -> Consent | None:
        key = dict(zip(_KEY, (user_id, client_id, redirect_host, resource), strict=True))
        row = self._connection.execute(_FIND, key).mappings().first()
        return None if row is None else Consent(**row)

    def remember(self, consent: Consent) -> None:
        _REMEMBER.run(self._connection, values_of(consent))

    def forget_resource(self, resource: str) -> None:
        self._connection.execute(delete(_table).where(_table.c.resource == resource))

    def forget(self, user_id: str, client_id: str) -> None:
        self._connection.execute(delete(_table).where(_table.c.user_id == user_id, _table.c.client_id == client_id))
