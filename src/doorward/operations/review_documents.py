"""Look whether the documents of connected clients are still there, so that a withdrawn one ends what it was allowed."""

from collections.abc import Callable
from datetime import datetime, timedelta

from doorward.oauth.fetching import Fetch, Fetched, FetchKind
from doorward.oauth.needs import accept
from doorward.oauth.server import Server
from doorward.operations.ports import ServerDatabase

_BATCH = 20
_AGAIN_AFTER = timedelta(minutes=30)
"""Where whoever took the review in hand never came back with an answer."""


def review_documents(
    database: ServerDatabase, server: Server, fetch: Callable[[Fetch], Fetched], clock: Callable[[], datetime]
) -> int:
    """Fetch those that are due, a few at a time and each in one process alone; how many there were."""
    now = clock()
    due = database.write(
        lambda stores: stores.client_documents.claim_due(now, again_at=now + _AGAIN_AFTER, limit=_BATCH)
    )
    for client_id in due:
        accept(server, fetch(Fetch(FetchKind.CLIENT_METADATA, client_id, is_known=True)))
    return len(due)
