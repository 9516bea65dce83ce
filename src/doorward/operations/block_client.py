"""Block a client id, an agent, or every client that a host describes or that sends answers to it."""

from datetime import datetime

from doorward.audit import RequestContext
from doorward.oauth.known_clients import KNOWN_CLIENTS, KnownClients
from doorward.oauth.records import Verdict
from doorward.operations.ports import ServerDatabase
from doorward.operations.set_client_rule import RuleMade, set_client_rule


def block_client(
    database: ServerDatabase,
    *,
    subject: str,
    known: KnownClients = KNOWN_CLIENTS,
    by_user: str | None = None,
    now: datetime,
    context: RequestContext,
) -> RuleMade:
    """Deny the subject to everybody and revoke what it concerns in the same transaction.

    Raises:
        InvalidBlockSubject: it is nothing that could be blocked; nothing was blocked.
    """
    return set_client_rule(
        database, subject=subject, verdict=Verdict.DENY, known=known, by_user=by_user, now=now, context=context
    )
