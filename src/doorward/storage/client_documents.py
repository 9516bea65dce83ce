"""Metadata documents of clients that a person allowed."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, exists, select, update
from sqlalchemy.sql.elements import ColumnElement

from doorward.oauth.records import StoredDocument
from doorward.storage import schema
from doorward.storage.column_types import is_storable
from doorward.storage.statements import Upsert, values_of

_table = schema.client_documents
_authorizations = schema.authorizations
_KEEP = Upsert(
    _table,
    lambda insert: insert.on_conflict_do_update(
        index_elements=["client_id"],
        set_={column.name: insert.excluded[column.name] for column in _table.c if column.name != "client_id"},
    ),
)


class SqlClientDocuments:
    """The document store."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def find(self, client_id: str) -> StoredDocument | None:
        if not is_storable(client_id):
            return None
        row = self._connection.execute(select(_table).where(_table.c.client_id == client_id)).mappings().first()
        return None if row is None else StoredDocument(**row)

    def keep(self, document: StoredDocument) -> None:
        _KEEP.run(self._connection, values_of(document))

    def update(self, document: StoredDocument) -> bool:
        values = {name: value for name, value in values_of(document).items() if name not in ("client_id", "kept_at")}
        statement = update(_table).where(_table.c.client_id == document.client_id).values(values)
        return self._connection.execute(statement).rowcount > 0

    def claim_due(self, now: datetime, *, again_at: datetime, limit: int) -> Sequence[str]:
        due = select(_table.c.client_id).where(_table.c.review_at <= now, has_live_authorization(now))
        due = due.order_by(_table.c.review_at).limit(limit)
        if self._connection.dialect.name == "postgresql":
            due = due.with_for_update(skip_locked=True)
        claim = update(_table).where(_table.c.client_id.in_(due), _table.c.review_at <= now)
        return self._connection.scalars(claim.values(review_at=again_at).returning(_table.c.client_id)).all()


def has_live_authorization(now: datetime) -> ColumnElement[bool]:
    """Whether a document's client is connected for anybody."""
    columns = _authorizations.c
    return exists().where(
        columns.client_id == _table.c.client_id, columns.revoked_at.is_(None), columns.expires_at > now
    )
