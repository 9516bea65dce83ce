"""Tell the server that its database was restored from a backup."""

from datetime import datetime

from doorward.audit import AuditEvent, AuditTag, RequestContext
from doorward.operations.ports import ServerDatabase, Stores


def mark_restored(database: ServerDatabase, *, backup_time: datetime, now: datetime, context: RequestContext) -> int:
    """Let each Authorization made before the backup jump ahead once, since its clients hold newer refresh tokens.

    Revocations after the backup are lost. Return how many Authorizations this concerns.

    Raises:
        ValueError: the backup lies in the future.
    """
    if backup_time > now:
        raise ValueError("the time of the backup lies in the future")

    def unit(stores: Stores) -> int:
        concerned = stores.authorizations.allow_jump(created_before=backup_time)
        stores.audit.add(
            AuditEvent(
                tag=AuditTag.DATABASE_RESTORED,
                at=now,
                context=context,
                detail={"backup_time": backup_time.isoformat(), "authorizations": concerned},
            )
        )
        return concerned

    return database.write(unit)
