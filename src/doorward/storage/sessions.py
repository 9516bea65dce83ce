"""Signed-in sessions."""

from datetime import datetime

from sqlalchemy import Connection, delete, insert, select

from doorward.identity.records import Session, SessionKind, SignedIn, User
from doorward.storage import schema
from doorward.storage.statements import values_of

_sessions = schema.sessions
_users = schema.users
_BOTH = select(
    *(column.label(f"s_{column.name}") for column in _sessions.c),
    *(column.label(f"u_{column.name}") for column in _users.c),
).join_from(_sessions, _users, _sessions.c.user_id == _users.c.id)


class SqlSessions:
    """The session store."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, session: Session) -> None:
        self._connection.execute(insert(_sessions).values(values_of(session)))

    def find_signed_in(self, token_hash: bytes, kind: SessionKind, now: datetime) -> SignedIn | None:
        live = (_sessions.c.kind == kind) & (_sessions.c.expires_at > now) & _users.c.disabled_at.is_(None)
        row = self._connection.execute(_BOTH.where(_sessions.c.token_hash == token_hash, live)).mappings().first()
        if row is None:
            return None
        session = {column.name: row[f"s_{column.name}"] for column in _sessions.c}
        return SignedIn(
            session=Session(**session),
            user=User(**{column.name: row[f"u_{column.name}"] for column in _users.c}),
        )

    def delete(self, token_hash: bytes) -> bool:
        return self._connection.execute(delete(_sessions).where(_sessions.c.token_hash == token_hash)).rowcount > 0

    def delete_of_user(self, user_id: str) -> int:
        return self._connection.execute(delete(_sessions).where(_sessions.c.user_id == user_id)).rowcount
