"""Writes what strangers can cause to the audit trail, as many events as they may be allowed to cause."""

import structlog

from doorward.audit import AuditEvent, AuditTag
from doorward.kit.bucket import Bucket
from doorward.oauth.ports import OAuthDatabase

log = structlog.get_logger(__name__)


class BoundedAudit:
    """Every event is logged; above a rate that honest clients never reach, it is logged only.

    Each kind of event has a rate of its own, so that a flood of one hides no other.
    """

    def __init__(self, database: OAuthDatabase, *, burst: int = 200, rate: float = 5.0) -> None:
        self._database = database
        self._buckets = {tag: Bucket(burst=burst, rate=rate) for tag in AuditTag}

    def record(self, event: AuditEvent) -> None:
        """Record an event in a transaction of its own, which outlives a failed request."""
        log_event(event)
        if self._buckets[event.tag].take(event.at) is None:
            self._database.write(lambda stores: stores.audit.add(event))


def log_event(event: AuditEvent) -> None:
    """Write an event to the log, where it takes no room in the database."""
    log.info(
        str(event.tag),
        client_id=event.client_id,
        authorization=event.authorization,
        user_id=event.user_id,
        address=event.context.address,
        **event.detail,
    )
