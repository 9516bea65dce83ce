"""Lift a block."""

from datetime import datetime

from doorward.audit import AuditEvent, AuditTag, RequestContext
from doorward.oauth.block_subject import InvalidBlockSubject, read_block_subject
from doorward.operations.ports import ServerDatabase, Stores


def unblock_client(
    database: ServerDatabase, *, subject: str, by_user: str | None = None, now: datetime, context: RequestContext
) -> str | None:
    """Return what is no longer blocked; None when nothing of this name was. What had ended stays ended.

    A block is found as it is listed, and as `block_client` understands the subject.
    """
    named = subject.strip()

    def unit(stores: Stores) -> str | None:
        lifted = next((name for name in _spellings(named) if stores.clients.remove_block(name)), None)
        if lifted is not None:
            stores.audit.add(
                AuditEvent(
                    tag=AuditTag.CLIENT_UNBLOCKED,
                    at=now,
                    user_id=by_user,
                    context=context,
                    detail={"by": "operator", "subject": lifted},
                )
            )
        return lifted

    return database.write(unit)


def _spellings(named: str) -> tuple[str, ...]:
    try:
        return named, read_block_subject(named).name
    except InvalidBlockSubject:
        return (named,)
