"""Say which clients may connect."""

from dataclasses import dataclass
from datetime import datetime

from doorward.audit import AuditEvent, AuditTag, RequestContext
from doorward.oauth.block_subject import BlockSubject, SubjectKind, agent_subject, read_block_subject
from doorward.oauth.client_rules import AGENT_PREFIX
from doorward.oauth.known_clients import KNOWN_CLIENTS, KnownClients
from doorward.oauth.records import EVERYBODY, ClientRule, Verdict
from doorward.oauth.redirect_uri import redirect_host
from doorward.operations.ports import ServerDatabase, Stores

_REASON = "client_blocked"


@dataclass(frozen=True, slots=True)
class RuleMade:
    """What the rule is for, and how many Authorizations it ended."""

    subject: BlockSubject
    authorizations: int


def set_client_rule(
    database: ServerDatabase,
    *,
    subject: str,
    verdict: Verdict,
    user_id: str = EVERYBODY,
    known: KnownClients = KNOWN_CLIENTS,
    by_user: str | None = None,
    now: datetime,
    context: RequestContext,
) -> RuleMade:
    """Make the rule, in the name of the administrator `by_user` if there is one.

    A denial revokes what it concerns in the same transaction; no other verdict ends anything.

    Raises:
        InvalidBlockSubject: it is neither a client id nor a host, a scheme or an agent; nothing has changed.
    """
    named = subject.strip()

    def unit(stores: Stores) -> RuleMade:
        stores.clients.hold(exclusive=True)
        meant = understand(stores, named, known)
        rule = ClientRule(subject=meant.name, verdict=verdict, user_id=user_id, created_at=now)
        return RuleMade(meant, enact(stores, rule, by_user=by_user, context=context))

    return database.write(unit)


def understand(stores: Stores, named: str, known: KnownClients) -> BlockSubject:
    """What a name means: the id of a client that has a row, then an agent, then what its form says.

    Raises:
        InvalidBlockSubject: nothing.
    """
    if stores.clients.find(named) is not None:
        return BlockSubject(SubjectKind.CLIENT_ID, named)
    return agent_subject(named, known) or read_block_subject(named)


def enact(stores: Stores, rule: ClientRule, *, by_user: str | None, context: RequestContext) -> int:
    """Write a rule down within a transaction that holds the clients exclusively; how many Authorizations it ended.

    Whoever waits for what it decides waits no longer.
    """
    stores.clients.set_rule(rule)
    whose = rule.user_id or None
    if rule.verdict is not Verdict.ASK:
        stores.access_requests.settle(rule.subject, whose)
    is_denial = rule.verdict is Verdict.DENY
    ended = _end(stores, rule, whose) if is_denial else 0
    detail: dict[str, str | int | bool | None] = {"by": who_decided(by_user), "subject": rule.subject}
    detail |= {"for_user": whose} if whose is not None else {}
    detail |= {"authorizations": ended} if is_denial else {"verdict": str(rule.verdict)}
    stores.audit.add(
        AuditEvent(
            tag=AuditTag.CLIENT_BLOCKED if is_denial else AuditTag.CLIENT_RULE_SET,
            at=rule.created_at,
            user_id=by_user,
            context=context,
            detail=detail,
        )
    )
    return ended


def who_decided(by_user: str | None) -> str:
    """How the audit trail says who made a rule: on the command line nobody is known by name."""
    return "operator" if by_user is None else "administrator"


def _end(stores: Stores, rule: ClientRule, user_id: str | None) -> int:
    """Revoke the Authorizations of what is denied, or those of every client that could send answers to the host."""
    at, subject, ending = rule.created_at, rule.subject, stores.authorizations
    if subject.startswith(AGENT_PREFIX):
        return ending.revoke_of_agent(subject.removeprefix(AGENT_PREFIX), at=at, reason=_REASON, user_id=user_id)
    ended = ending.revoke_of_client(subject, at=at, reason=_REASON, user_id=user_id)
    ended += ending.revoke_of_redirect_host(subject, at=at, reason=_REASON, user_id=user_id)
    ended += ending.revoke_of_document_host(subject, at=at, reason=_REASON, user_id=user_id)
    for client in stores.clients.list():
        if subject in {redirect_host(uri).lower() for uri in client.redirect_uris}:
            ended += ending.revoke_of_client(client.client_id, at=at, reason=_REASON, user_id=user_id)
    return ended
