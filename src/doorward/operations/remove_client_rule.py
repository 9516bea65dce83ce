"""Remove a rule about clients."""

from datetime import datetime

from doorward.audit import AuditEvent, AuditTag, RequestContext
from doorward.oauth.block_subject import InvalidBlockSubject
from doorward.oauth.known_clients import KNOWN_CLIENTS, KnownClients
from doorward.oauth.records import EVERYBODY, Verdict
from doorward.operations.ports import ServerDatabase, Stores
from doorward.operations.set_client_rule import understand, who_decided


def remove_client_rule(
    database: ServerDatabase,
    *,
    subject: str,
    user_id: str = EVERYBODY,
    verdict: Verdict | None = None,
    known: KnownClients = KNOWN_CLIENTS,
    by_user: str | None = None,
    now: datetime,
    context: RequestContext,
) -> str | None:
    """Return the subject whose rule is gone; None when there was none, or none with that verdict.

    A rule is found as it is listed, and as `set_client_rule` understands the subject. What had ended stays ended.
    """
    named = subject.strip()

    def unit(stores: Stores) -> str | None:
        stores.clients.hold(exclusive=True)
        spellings = _spellings(stores, named, known)
        found = (name for name in spellings if stores.clients.remove_rule(name, user_id, verdict=verdict))
        removed = next(found, None)
        if removed is not None:
            is_block = verdict is Verdict.DENY
            stores.audit.add(
                AuditEvent(
                    tag=AuditTag.CLIENT_UNBLOCKED if is_block else AuditTag.CLIENT_RULE_REMOVED,
                    at=now,
                    user_id=by_user,
                    context=context,
                    detail={"by": who_decided(by_user), "subject": removed}
                    | ({"for_user": user_id} if user_id else {}),
                )
            )
        return removed

    return database.write(unit)


def _spellings(stores: Stores, named: str, known: KnownClients) -> tuple[str, ...]:
    try:
        return named, understand(stores, named, known).name
    except InvalidBlockSubject:
        return (named,)
