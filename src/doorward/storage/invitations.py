"""Single-use links."""

from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from doorward.identity.records import Invitation, InvitationKind
from doorward.storage import schema
from doorward.storage.statements import values_of

_table = schema.invitations


class SqlInvitations:
    """The invitation store."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, invitation: Invitation) -> None:
        self._connection.execute(insert(_table).values(values_of(invitation)))

    def find_live(self, token_hash: bytes, now: datetime) -> Invitation | None:
        live = _table.c.used_at.is_(None) & (_table.c.expires_at > now)
        row = self._connection.execute(select(_table).where(_table.c.token_hash == token_hash, live)).mappings().first()
        return None if row is None else Invitation(**row)

    def consume(self, token_hash: bytes, kind: InvitationKind, now: datetime) -> Invitation | None:
        live = _table.c.used_at.is_(None) & (_table.c.expires_at > now) & (_table.c.kind == kind)
        consumed = update(_table).where(_table.c.token_hash == token_hash, live).values(used_at=now)
        row = self._connection.execute(consumed.returning(*_table.c)).mappings().first()
        return None if row is None else Invitation(**row)

    def void_setup_links(self, at: datetime) -> None:
        still_open = (_table.c.kind == InvitationKind.SETUP) & _table.c.used_at.is_(None)
        self._connection.execute(update(_table).where(still_open).values(used_at=at))
