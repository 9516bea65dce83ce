"""The audit trail: one structured event for every security-relevant step."""

from doorward.audit.event import AuditEvent, RequestContext
from doorward.audit.ports import AuditLog
from doorward.audit.tags import AuditTag

__all__ = ["AuditEvent", "AuditLog", "AuditTag", "RequestContext"]
