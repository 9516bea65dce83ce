"""The reference of the audit trail."""

from dev.reference.markdown import code, page, table
from doorward.audit import AuditTag


def audit_page() -> str:
    """Every kind of event."""
    rows = [(code(tag.value), tag.__doc__ or "") for tag in AuditTag]
    return page(
        "Audit events",
        "Every security-relevant step is one event; what changes something is recorded in the transaction "
        "that changes it.\n"
        "`doorward audit tail` prints them.\n"
        "An event holds identifiers and reasons, never a credential.\n"
        "What strangers can cause goes to the log too, and to the log alone when it comes in a flood; "
        "registrations that leave no row are in the log only.",
        table(("tag", "what happened"), rows),
    )
