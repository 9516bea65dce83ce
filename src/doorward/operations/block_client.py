"""Block a client id, or every client that a host describes or that sends answers to it."""

from dataclasses import dataclass
from datetime import datetime

from doorward.audit import AuditEvent, AuditTag, RequestContext
from doorward.oauth.block_subject import BlockSubject, SubjectKind, read_block_subject
from doorward.oauth.records import Block
from doorward.oauth.redirect_uri import redirect_host
from doorward.operations.ports import ServerDatabase, Stores

_REASON = "client_blocked"


@dataclass(frozen=True, slots=True)
class Blocked:
    """What was blocked, and how many Authorizations that ended."""

    subject: BlockSubject
    authorizations: int


def block_client(
    database: ServerDatabase, *, subject: str, by_user: str | None = None, now: datetime, context: RequestContext
) -> Blocked:
    """Block the subject and revoke what it concerns in the same transaction.

    Raises:
        InvalidBlockSubject: it is neither a client id nor a host; nothing was blocked.
    """
    named = subject.strip()

    def unit(stores: Stores) -> Blocked:
        stores.clients.hold(exclusive=True)
        is_known = stores.clients.find(named) is not None
        blocked = BlockSubject(SubjectKind.CLIENT_ID, named) if is_known else read_block_subject(named)
        ended = _end(stores, blocked, now)
        stores.clients.add_block(Block(subject=blocked.name, created_at=now))
        stores.audit.add(
            AuditEvent(
                tag=AuditTag.CLIENT_BLOCKED,
                at=now,
                user_id=by_user,
                context=context,
                detail={"by": "operator", "subject": blocked.name, "authorizations": ended},
            )
        )
        return Blocked(blocked, ended)

    return database.write(unit)


def _end(stores: Stores, blocked: BlockSubject, now: datetime) -> int:
    """Revoke the client's Authorizations, or those of every client the host describes or gets answers of."""
    if blocked.kind is SubjectKind.CLIENT_ID:
        return stores.authorizations.revoke_of_client(blocked.name, at=now, reason=_REASON)
    ended = stores.authorizations.revoke_of_redirect_host(blocked.name, at=now, reason=_REASON)
    ended += stores.authorizations.revoke_of_document_host(blocked.name, at=now, reason=_REASON)
    for client in stores.clients.list():
        if blocked.name in {redirect_host(uri).lower() for uri in client.redirect_uris}:
            ended += stores.authorizations.revoke_of_client(client.client_id, at=now, reason=_REASON)
    return ended
