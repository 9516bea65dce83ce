"""Lift a block."""

from datetime import datetime

from doorward.audit import RequestContext
from doorward.oauth.known_clients import KNOWN_CLIENTS, KnownClients
from doorward.oauth.records import Verdict
from doorward.operations.ports import ServerDatabase
from doorward.operations.remove_client_rule import remove_client_rule


def unblock_client(
    database: ServerDatabase,
    *,
    subject: str,
    known: KnownClients = KNOWN_CLIENTS,
    by_user: str | None = None,
    now: datetime,
    context: RequestContext,
) -> str | None:
    """Return what is no longer blocked; None when nothing of this name was. What had ended stays ended."""
    return remove_client_rule(
        database, subject=subject, verdict=Verdict.DENY, known=known, by_user=by_user, now=now, context=context
    )
