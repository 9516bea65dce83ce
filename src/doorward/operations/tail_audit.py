"""Read the audit trail."""

from collections.abc import Sequence

from doorward.audit import AuditEvent
from doorward.operations.ports import ServerDatabase


def tail_audit(
    database: ServerDatabase, *, limit: int, after_id: int | None = None
) -> Sequence[tuple[int, AuditEvent]]:
    """Return the newest `limit` events, or the first `limit` after `after_id`; oldest first, with their ids."""
    return database.read(lambda stores: stores.audit.tail(limit=limit, after_id=after_id))
