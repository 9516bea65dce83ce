"""What people declined to add to what a client may do."""

from sqlalchemy import Connection, delete, select
from sqlalchemy.sql.elements import ColumnElement

from doorward.oauth.records import DeclinedScope
from doorward.storage import schema
from doorward.storage.statements import Upsert, values_of

_table = schema.declined_scopes
_REMEMBER = Upsert(
    _table,
    lambda insert: insert.on_conflict_do_update(
        index_elements=("user_id", "client_id", "resource"),
        set_={name: insert.excluded[name] for name in ("scope", "declined_at", "expires_at")},
    ),
)


class SqlDeclinedScopes:
    """The store of declined scopes."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def remember(self, declined: DeclinedScope) -> None:
        _REMEMBER.run(self._connection, values_of(declined))

    def find(self, user_id: str, client_id: str, resource: str) -> DeclinedScope | None:
        asked = select(_table).where(_named(user_id, client_id, resource))
        row = self._connection.execute(asked).mappings().first()
        return None if row is None else DeclinedScope(**row)

    def forget_resource(self, resource: str) -> None:
        self._connection.execute(delete(_table).where(_table.c.resource == resource))

    def forget(self, user_id: str, client_id: str, resource: str) -> None:
        self._connection.execute(delete(_table).where(_named(user_id, client_id, resource)))


def _named(user_id: str, client_id: str, resource: str) -> ColumnElement[bool]:
    return (_table.c.user_id == user_id) & (_table.c.client_id == client_id) & (_table.c.resource == resource)
