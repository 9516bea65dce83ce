"""Move the signing keys on."""

from datetime import datetime

from doorward.audit import AuditEvent, AuditTag, RequestContext
from doorward.jose.rotation import rotate
from doorward.kit.keyring import Keyring
from doorward.operations.ports import ServerDatabase, Stores


def rotate_keys(database: ServerDatabase, keyring: Keyring, *, now: datetime, context: RequestContext) -> None:
    """Let the next key sign, the active one only verify, and publish a new next one."""

    def unit(stores: Stores) -> None:
        rotate(stores, keyring, now)
        stores.audit.add(AuditEvent(tag=AuditTag.KEYS_ROTATED, at=now, context=context, detail={"by": "operator"}))

    database.write(unit)
