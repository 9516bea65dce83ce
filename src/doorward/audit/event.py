"""The audit event: who did what to what, when and from where."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from doorward.audit.tags import AuditTag


@dataclass(frozen=True, slots=True)
class RequestContext:
    """Where a request came from, for the audit trail and the limits only."""

    address: str | None = None
    request_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEvent:
    """One event; it holds identifiers and reasons, never a credential."""

    tag: AuditTag
    at: datetime
    user_id: str | None = None
    client_id: str | None = None
    authorization: str | None = None
    """The public id of the Authorization concerned."""
    context: RequestContext = RequestContext()
    detail: Mapping[str, str | int | bool | None] = field(default_factory=dict[str, str | int | bool | None])
