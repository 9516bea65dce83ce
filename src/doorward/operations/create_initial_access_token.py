"""Make an initial access token."""

import secrets
from datetime import datetime

from doorward.audit import AuditEvent, AuditTag, RequestContext
from doorward.kit.names import one_line
from doorward.kit.secrets import Secret, TokenPrefix, digest, new_token
from doorward.oauth.records import InitialAccessToken
from doorward.operations.ports import ServerDatabase, Stores

MAX_NAME = 80
MAX_USES = 1_000_000


class InitialAccessTokenRefused(ValueError):
    """The token cannot be made; the message is for people."""


def create_initial_access_token(
    database: ServerDatabase,
    *,
    name: str,
    expires_at: datetime | None,
    uses: int | None,
    by_user: str | None = None,
    now: datetime,
    context: RequestContext,
) -> tuple[Secret, InitialAccessToken]:
    """Return the token, which is shown this once, and its record (RFC 7591 §3).

    Raises:
        InitialAccessTokenRefused: the name, the end or the number of uses is of no use.
    """
    cleaned = one_line(name)
    if not 1 <= len(cleaned) <= MAX_NAME:
        raise InitialAccessTokenRefused(f"Give the token a name of 1 to {MAX_NAME} characters.")
    if expires_at is not None and expires_at <= now:
        raise InitialAccessTokenRefused("The token would have expired already.")
    if uses is not None and not 1 <= uses <= MAX_USES:
        raise InitialAccessTokenRefused(f"Let the token be used 1 to {MAX_USES} times.")
    secret = new_token(TokenPrefix.INITIAL_ACCESS_TOKEN)
    token = InitialAccessToken(
        id=secrets.token_hex(8),
        token_hash=digest(secret.reveal()),
        name=cleaned,
        created_at=now,
        expires_at=expires_at,
        uses_left=uses,
    )

    def unit(stores: Stores) -> None:
        stores.initial_access_tokens.add(token)
        stores.audit.add(
            AuditEvent(
                tag=AuditTag.INITIAL_ACCESS_TOKEN_CREATED,
                at=now,
                user_id=by_user,
                context=context,
                detail={"by": "operator", "token_id": token.id, "name": cleaned, "uses": uses},
            )
        )

    database.write(unit)
    return secret, token
