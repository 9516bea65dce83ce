"""Remove what is over."""

from datetime import datetime, timedelta

from doorward.operations.ports import ServerDatabase, Stores

_BATCH = 500
_MOST_BATCHES = 20


def sweep(
    database: ServerDatabase,
    *,
    max_stored_clients: int,
    never_used_client_lifetime: timedelta,
    audit_retention: timedelta,
    now: datetime,
) -> int:
    """Remove ended rows and clients nobody ever connected, in small transactions; how many rows went.

    It stops after so many batches, so that a backlog never keeps other writers out for long; the next call goes on.
    """

    def unit(stores: Stores) -> int:
        over = stores.sweeper.sweep(now, audit_retention=audit_retention, limit=_BATCH)
        return over + stores.clients.evict_never_used(
            keep=max_stored_clients, older_than=now - never_used_client_lifetime, limit=_BATCH
        )

    gone = 0
    for _ in range(_MOST_BATCHES):
        batch = database.write(unit)
        gone += batch
        if batch == 0:
            break
    return gone
