"""Signed-in sessions."""

from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, insert, select

from doorward.identity.records import Session, SessionKind, SignedIn, User
from doorward.storage import schema
from doorward.storage.statements import values_of

_sessions = schema.sessions
_users = schema.users
_ADD = insert(_sessions)
_LIVE = (
    select(*_sessions.c, *_users.c)
    .join_from(_sessions, _users, _sessions.c.user_id == _users.c.id)
    .where(
        _sessions.c.token_hash == bindparam("key"),
        _sessions.c.kind == bindparam("kind"),
        _sessions.c.expires_at > bindparam("now"),
        _users.c.disabled_at.is_(None),
    )
)


class SqlSessions:
    """The session store."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, session: Session) -> None:
        self._connection.execute(_ADD, values_of(session))

    def find_signed_in(self, token_hash: bytes, kind: SessionKind, now: datetime) -> SignedIn | None:
        row = self._connection.execute(_LIVE, {"key": token_hash, "kind": kind, "now": now}).first()
        if row is None:
            return None
        session = dict(zip(_sessions.c.keys(), row, strict=False))
        user = dict(zip(_users.c.keys(), row[len(session) :], strict=True))
        return SignedIn(session=Session(**session), user=User(**user))

    def delete(self, token_hash: bytes) -> bool:
        return self._connection.execute(delete(_sessions).where(_sessions.c.token_hash == token_hash)).rowcount > 0

    def delete_of_user(self, user_id: str) -> int:
        return self._connection.execute(delete(_sessions).where(_sessions.c.user_id == user_id)).rowcount
