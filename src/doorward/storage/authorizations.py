"""Authorizations: the unit of revocation."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, bindparam, case, func, or_, select, update
from sqlalchemy.sql.elements import ColumnElement

from doorward.oauth.records import AgentUse, Authorization, ClientUse
from doorward.oauth.redirect_uri import redirect_host
from doorward.storage import schema
from doorward.storage.column_types import is_storable
from doorward.storage.statements import Upsert, values_of

_table = schema.authorizations
_users = schema.users
COLUMNS = tuple(column for column in _table.c if column.name != "redirect_host")
"""Those of the record; the redirect host is derived, to find what a block concerns."""

_OWNER = select(_users.c.disabled_at).where(_users.c.id == bindparam("key")).with_for_update(read=True)
_ADD = Upsert(_table, lambda insert: insert.on_conflict_do_nothing().returning(_table.c.id))
_ALL = select(*COLUMNS)
_BY_ID = _ALL.where(_table.c.id == bindparam("key"))
_BY_INTERACTION = _ALL.where(_table.c.interaction_id == bindparam("key"))
_BY_PUBLIC_ID = _ALL.where(_table.c.public_id == bindparam("key"))
_CONNECTED = _ALL.where(
    _table.c.user_id == bindparam("key"),
    _table.c.revoked_at.is_(None),
    _table.c.activated_at.is_not(None),
    _table.c.expires_at > bindparam("now"),
).order_by(_table.c.created_at.desc(), _table.c.id)


class SqlAuthorizations:
    """The Authorization store."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, authorization: Authorization) -> None:
        row = self._connection.execute(_OWNER, {"key": authorization.user_id}).first()
        if row is None or row.disabled_at is not None:
            raise LookupError("the user of an Authorization must exist and be enabled")
        host = redirect_host(authorization.redirect_uri).lower()
        if _ADD.run(self._connection, {**values_of(authorization), "redirect_host": host}).first() is None:
            raise ValueError("this interaction or id has an Authorization already")

    def find(self, authorization_id: bytes) -> Authorization | None:
        """Find one by its secret id, for the token path."""
        return self._find(_BY_ID, authorization_id)

    def find_by_interaction(self, interaction_id: str) -> Authorization | None:
        return self._find(_BY_INTERACTION, interaction_id) if is_storable(interaction_id) else None

    def find_by_public_id(self, public_id: str) -> Authorization | None:
        return self._find(_BY_PUBLIC_ID, public_id) if is_storable(public_id) else None

    def list_connected(self, user_id: str, now: datetime) -> Sequence[Authorization]:
        rows = self._connection.execute(_CONNECTED, {"key": user_id, "now": now})
        return [Authorization(**row) for row in rows.mappings()]

    def list_live(self, user_id: str, client_id: str, resource: str, now: datetime) -> Sequence[Authorization]:
        mine = (_table.c.user_id == user_id) & (_table.c.client_id == client_id) & (_table.c.resource == resource)
        rows = self._connection.execute(select(*COLUMNS).where(mine, *_live(now)))
        return [Authorization(**row) for row in rows.mappings()]

    def revoke(self, authorization_id: bytes, *, at: datetime, reason: str) -> bool:
        return self._revoke(_table.c.id == authorization_id, at=at, reason=reason) > 0

    def revoke_of_user(self, user_id: str, *, at: datetime, reason: str) -> int:
        return self._revoke(_table.c.user_id == user_id, at=at, reason=reason)

    def revoke_of_client(
        self, client_id: str, *, at: datetime, reason: str, user_id: str | None = None, but_of: str | None = None
    ) -> int:
        meant = _of(_table.c.client_id == client_id, user_id)
        return self._revoke(meant if but_of is None else meant & (_table.c.user_id != but_of), at=at, reason=reason)

    def find_latest(self, user_id: str, client_id: str) -> Authorization | None:
        if not is_storable(client_id):
            return None
        live = _table.c.revoked_at.is_(None) & (_table.c.user_id == user_id)
        newest = select(*COLUMNS).where(live, _table.c.client_id == client_id).order_by(_table.c.created_at.desc())
        row = self._connection.execute(newest.limit(1)).mappings().first()
        return None if row is None else Authorization(**row)

    def revoke_of_redirect_host(self, host: str, *, at: datetime, reason: str, user_id: str | None = None) -> int:
        return self._revoke(_of(_table.c.redirect_host == host.lower(), user_id), at=at, reason=reason)

    def revoke_of_document_host(self, host: str, *, at: datetime, reason: str, user_id: str | None = None) -> int:
        starts = (f"https://{host.lower()}{end}" for end in ("/", ":"))
        described = or_(*(func.substr(_table.c.client_id, 1, len(start)) == start for start in starts))
        return self._revoke(_of(described, user_id), at=at, reason=reason)

    def revoke_of_resource(self, resource: str, *, at: datetime, reason: str) -> int:
        return self._revoke(_table.c.resource == resource, at=at, reason=reason)

    def revoke_of_agent(self, agent: str, *, at: datetime, reason: str, user_id: str | None = None) -> int:
        return self._revoke(_of(_table.c.agent == agent, user_id), at=at, reason=reason)

    def count_by_agent(self, now: datetime) -> Sequence[AgentUse]:
        place = case((_table.c.agent.is_(None), _table.c.redirect_host), else_="")
        rows = self._connection.execute(
            select(_table.c.agent, place, _users.c.email, func.count(), func.max(_table.c.last_used_at))
            .join(_users, _users.c.id == _table.c.user_id)
            .where(*_live(now))
            .group_by(_table.c.agent, place, _users.c.email)
            .order_by(_table.c.agent, place, _users.c.email)
        )
        return [AgentUse(*row) for row in rows]

    def count_of_client(self, client_id: str, now: datetime) -> ClientUse:
        if not is_storable(client_id):
            return ClientUse(0, 0)
        people = func.count(_table.c.user_id.distinct())
        counts = select(people, func.count()).where(_table.c.client_id == client_id, *_live(now))
        return ClientUse(*self._connection.execute(counts).one())

    def allow_jump(self, *, created_before: datetime) -> int:
        older = _table.c.revoked_at.is_(None) & (_table.c.created_at < created_before)
        return self._connection.execute(update(_table).where(older).values(restored=True)).rowcount

    def _find(self, statement: Select[Any], key: str | bytes) -> Authorization | None:  # Any: all columns
        row = self._connection.execute(statement, {"key": key}).mappings().first()
        return None if row is None else Authorization(**row)

    def _revoke(self, condition: ColumnElement[bool], *, at: datetime, reason: str) -> int:
        statement = update(_table).where(condition, _table.c.revoked_at.is_(None))
        return self._connection.execute(statement.values(revoked_at=at, revoked_reason=reason)).rowcount


def _live(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return _table.c.revoked_at.is_(None), _table.c.activated_at.is_not(None), _table.c.expires_at > now


def _of(condition: ColumnElement[bool], user_id: str | None) -> ColumnElement[bool]:
    return condition if user_id is None else condition & (_table.c.user_id == user_id)
