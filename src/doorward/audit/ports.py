"""What the audit trail asks of storage."""

from typing import Protocol

from doorward.audit.event import AuditEvent


class AuditLog(Protocol):
    """Appends events within the unit of work they belong to."""

    def add(self, event: AuditEvent) -> None: ...
