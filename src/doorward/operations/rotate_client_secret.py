"""Give a client a new secret, while the old one goes on for a while."""

from datetime import datetime, timedelta

from doorward.audit import AuditEvent, AuditTag, RequestContext
from doorward.kit.secrets import Secret, TokenPrefix, digest, new_token
from doorward.oauth.errors import InvalidClientMetadata
from doorward.oauth.records import Client
from doorward.operations.ports import ServerDatabase, Stores

LONGEST_OVERLAP = timedelta(days=90)
DEFAULT_OVERLAP = timedelta(days=7)


def rotate_client_secret(
    database: ServerDatabase,
    *,
    client_id: str,
    overlap: timedelta,
    owner_id: str | None = None,
    by_user: str | None = None,
    now: datetime,
    context: RequestContext,
) -> tuple[Client, Secret] | None:
    """Return the client and its new secret, which is shown this once; None when there is no such client.

    The secret it had lives until the overlap is over, it is dropped, or the next rotation; one that was replaced
    before ends now, so that never more than two are live. With an `owner_id`, other people's clients do not exist.

    Raises:
        InvalidClientMetadata: the client has no secret, or the overlap is too long.
    """
    if not timedelta(0) <= overlap <= LONGEST_OVERLAP:
        raise InvalidClientMetadata(f"the old secret can live for at most {LONGEST_OVERLAP.days} days more")
    secret = new_token(TokenPrefix.CLIENT_SECRET)
    old_until = now + overlap if overlap else None

    def unit(stores: Stores) -> Client | None:
        client = stores.clients.find(client_id)
        if client is None or (owner_id is not None and client.owner_id != owner_id):
            return None
        rotated = stores.clients.rotate_secret(client_id, digest(secret.reveal()), old_until=old_until)
        if rotated is None:
            raise InvalidClientMetadata("the client has no secret")
        until = old_until.isoformat(timespec="seconds") if old_until else None
        stores.audit.add(
            AuditEvent(
                tag=AuditTag.CLIENT_SECRET_ROTATED,
                at=now,
                user_id=by_user or owner_id,
                client_id=client_id,
                context=context,
                detail={"by": "operator" if owner_id is None else "owner", "old_secret_expires_at": until},
            )
        )
        return rotated

    client = database.write(unit)
    return None if client is None else (client, secret)
