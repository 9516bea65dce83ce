"""The audit trail, appended to and read from its end."""

from collections.abc import Sequence

from sqlalchemy import Connection, RowMapping, insert, select

from doorward.audit import AuditEvent, RequestContext
from doorward.storage import schema
from doorward.storage.column_types import clean

_table = schema.audit_events
_ADD = insert(_table).inline()


class SqlAuditTrail:
    """The audit log; what strangers wrote is stored as both engines can hold it."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, event: AuditEvent) -> None:
        self._connection.execute(
            _ADD,
            {
                "at": event.at,
                "tag": event.tag,
                "user_id": clean(event.user_id),
                "client_id": clean(event.client_id),
                "public_id": clean(event.authorization),
                "address": clean(event.context.address),
                "request_id": clean(event.context.request_id),
                "detail": dict(event.detail),
            },
        )

    def tail(self, *, limit: int, after_id: int | None = None) -> Sequence[tuple[int, AuditEvent]]:
        if after_id is not None:
            first = select(_table).where(_table.c.id > after_id).order_by(_table.c.id).limit(limit)
            return [_event(row) for row in self._connection.execute(first).mappings()]
        newest = select(_table).order_by(_table.c.id.desc()).limit(limit)
        return [_event(row) for row in reversed(self._connection.execute(newest).mappings().all())]


def _event(row: RowMapping) -> tuple[int, AuditEvent]:
    return row["id"], AuditEvent(
        tag=row["tag"],
        at=row["at"],
        user_id=row["user_id"],
        client_id=row["client_id"],
        authorization=row["public_id"],
        context=RequestContext(address=row["address"], request_id=row["request_id"]),
        detail=row["detail"],
    )
