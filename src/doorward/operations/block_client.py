"""Block a client id, or every client that sends answers to a host."""

from datetime import datetime

from doorward.audit import AuditEvent, AuditTag, RequestContext
from doorward.kit import urls
from doorward.kit.secrets import TokenPrefix
from doorward.oauth.records import Block
from doorward.oauth.redirect_uri import redirect_host
from doorward.operations.ports import ServerDatabase, Stores

_REASON = "client_blocked"


def block_client(database: ServerDatabase, *, subject: str, now: datetime, context: RequestContext) -> int:
    """Block the subject and revoke what it concerns in the same transaction; how many Authorizations ended.

    Raises:
        ValueError: the subject is empty or holds a space.
    """
    named = _host_of_origin(subject.strip())
    if not named or len(named.split()) != 1:
        raise ValueError("name one client id or one host")

    def unit(stores: Stores) -> int:
        stores.clients.hold(exclusive=True)
        if _is_client_id(named) or stores.clients.find(named) is not None:
            blocked, ended = named, 0
        else:
            blocked = named.lower().removesuffix(".")
            ended = stores.authorizations.revoke_of_redirect_host(blocked, at=now, reason=_REASON)
            for client in stores.clients.list():
                if blocked in {redirect_host(uri).lower() for uri in client.redirect_uris}:
                    ended += stores.authorizations.revoke_of_client(client.client_id, at=now, reason=_REASON)
        ended += stores.authorizations.revoke_of_client(named, at=now, reason=_REASON)
        stores.clients.add_block(Block(subject=blocked, created_at=now))
        stores.audit.add(
            AuditEvent(
                tag=AuditTag.CLIENT_BLOCKED,
                at=now,
                context=context,
                detail={"subject": blocked, "authorizations": ended},
            )
        )
        return ended

    return database.write(unit)


def _host_of_origin(subject: str) -> str:
    """The host, when a whole origin was named; a client id that is a URL has a path."""
    uri = urls.parse(subject)
    is_origin = uri is not None and uri.scheme in ("http", "https") and uri.path in ("", "/") and uri.query is None
    return uri.host if is_origin and uri is not None and uri.host else subject


def _is_client_id(subject: str) -> bool:
    """Whether it has the form of a client id rather than of a host."""
    return subject.startswith((TokenPrefix.STATELESS_CLIENT, TokenPrefix.STORED_CLIENT)) or "://" in subject
