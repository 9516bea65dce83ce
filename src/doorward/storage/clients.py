"""Clients that have a row, and the rules about all of them."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, func, insert, select, tuple_, update
from sqlalchemy.sql.elements import ColumnElement

from doorward.oauth.ports import TOUCH_INTERVAL
from doorward.oauth.records import EVERYBODY, Client, ClientRule, Verdict
from doorward.storage import schema
from doorward.storage.column_types import is_storable
from doorward.storage.statements import Upsert, delete_some, values_of

_clients = schema.clients
_rules = schema.client_rules
_users = schema.users
_IN_ORDER = (_clients.c.created_at, _clients.c.client_id)
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
_SET_RULE = Upsert(
    _rules,
    lambda insert: insert.on_conflict_do_update(
        index_elements=["subject", "user_id"],
        set_={"verdict": insert.excluded.verdict, "created_at": insert.excluded.created_at},
        where=_rules.c.verdict != insert.excluded.verdict,
    ),
)
_RULES = select(_rules).order_by(_rules.c.created_at, _rules.c.subject, _rules.c.user_id)
_RULES_OF = _RULES.where((_rules.c.user_id == EVERYBODY) | (_rules.c.user_id == bindparam("key")))


class SqlClients:
    """The client store."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def find(self, client_id: str) -> Client | None:
        if not is_storable(client_id):
            return None
        row = self._connection.execute(_FIND, {"key": client_id}).mappings().first()
        return None if row is None else Client(**row)

    def find_by_registration_token(self, token_hash: bytes) -> Client | None:
        found = self._list(_clients.c.registration_token_hash == token_hash)
        return found[0] if found else None

    def add(self, client: Client) -> None:
        self._connection.execute(_ADD, values_of(client))

    def add_owned(self, client: Client, *, at_most: int) -> bool:
        owner = select(_users.c.disabled_at).where(_users.c.id == client.owner_id).with_for_update()
        row = self._connection.execute(owner).first()
        if row is None or row.disabled_at is not None:
            raise LookupError("the owner of a client must exist and be enabled")
        own = select(func.count()).select_from(_clients).where(_clients.c.owner_id == client.owner_id)
        if (self._connection.scalar(own) or 0) >= at_most:
            return False
        self.add(client)
        return True

    def delete(self, client_id: str) -> bool:
        if not is_storable(client_id):
            return False
        return self._connection.execute(_DELETE, {"key": client_id}).rowcount > 0

    def delete_managed(self, client_id: str, *, registration_token_hash: bytes) -> bool:
        own = (_clients.c.client_id == client_id) & (_clients.c.registration_token_hash == registration_token_hash)
        return self._connection.execute(delete(_clients).where(own)).rowcount > 0

    def delete_of_owner(self, user_id: str) -> Sequence[str]:
        own = delete(_clients).where(_clients.c.owner_id == user_id)
        return self._connection.scalars(own.returning(_clients.c.client_id)).all()

    def update(self, client_id: str, values: Mapping[str, object], *, token_hash: bytes | None = None) -> Client | None:
        if not is_storable(client_id):
            return None
        where = _clients.c.client_id == client_id
        if token_hash is not None:
            where &= _clients.c.registration_token_hash == token_hash
        return self._changed(where, values)

    def rotate_secret(self, client_id: str, secret_hash: bytes, *, old_until: datetime | None) -> Client | None:
        if not is_storable(client_id):
            return None
        has_secret = (_clients.c.client_id == client_id) & (_clients.c.client_secret_hashes != ())
        old = None if old_until is None else _clients.c.client_secret_hashes
        values = {
            "old_secret_hashes": old,
            "old_secrets_expire_at": old_until,
            "client_secret_hashes": (secret_hash,),
        }
        return self._changed(has_secret, values)

    def list(self) -> Sequence[Client]:
        return [Client(**row) for row in self._connection.execute(_LIST).mappings()]

    def list_of_owner(self, user_id: str) -> Sequence[Client]:
        return self._list(_clients.c.owner_id == user_id)

    def page(self, *, after: tuple[datetime, str] | None, limit: int) -> Sequence[Client]:
        rows = select(_clients).order_by(*_IN_ORDER).limit(limit)
        if after is not None:
            rows = rows.where(tuple_(*_IN_ORDER) > tuple_(*after, types=[column.type for column in _IN_ORDER]))
        return [Client(**row) for row in self._connection.execute(rows).mappings()]

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

    def set_rule(self, rule: ClientRule) -> None:
        _SET_RULE.run(self._connection, values_of(rule))

    def remove_rule(self, subject: str, user_id: str, *, verdict: Verdict | None = None) -> bool:
        if not is_storable(subject):
            return False
        named = (_rules.c.subject == subject) & (_rules.c.user_id == user_id)
        meant = named if verdict is None else named & (_rules.c.verdict == verdict)
        return self._connection.execute(delete(_rules).where(meant)).rowcount > 0

    def rules(self, user_id: str | None = None) -> Sequence[ClientRule]:
        asked, whose = (_RULES, {}) if user_id is None else (_RULES_OF, {"key": user_id})
        return [ClientRule(**row) for row in self._connection.execute(asked, whose).mappings()]

    def _list(self, *where: ColumnElement[bool]) -> Sequence[Client]:
        rows = self._connection.execute(select(_clients).where(*where).order_by(*_IN_ORDER))
        return [Client(**row) for row in rows.mappings()]

    def _changed(self, where: ColumnElement[bool], values: Mapping[str, object]) -> Client | None:
        statement = update(_clients).where(where).values(dict(values)).returning(*_clients.c)
        row = self._connection.execute(statement).mappings().first()
        return None if row is None else Client(**row)
