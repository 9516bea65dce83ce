"""The reference of the audit trail."""

from dev.reference.markdown import code, page, table
from doorward.audit import AuditTag


def audit_page() -> str:
    """Every kind of event."""
    rows = [(code(tag.value), tag.__doc__ or "") for tag in AuditTag]
    return page(
        "Audit events",
        "Every security-relevant step is one event, written in the transaction that makes it true.\n"
        "`doorward audit tail` prints them.\n"
        "An event holds identifiers and reasons, never a credential.",
        table(("tag", "what happened"), rows),
    )
