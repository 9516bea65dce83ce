"""Register a client for oneself, as a person who is signed in."""

from collections.abc import Sequence
from datetime import datetime

from doorward.audit import AuditEvent, AuditTag, RequestContext
from doorward.kit.secrets import Secret, TokenPrefix, digest, new_token
from doorward.oauth.errors import InvalidClientMetadata
from doorward.oauth.records import Client, ClientOrigin
from doorward.oauth.redirect_uri import VENDOR_SCHEMES
from doorward.operations.create_client import checked_name, checked_redirect_uris
from doorward.operations.ports import ServerDatabase, Stores

OWN_CLIENT_METHODS = ("none", "client_secret_basic", "client_secret_post")
"""What a person may choose: a secret to copy, or none."""


class TooManyClients(Exception):
    """The person has as many clients as anybody may have."""


def create_own_client(
    database: ServerDatabase,
    *,
    user_id: str,
    name: str,
    redirect_uris: Sequence[str],
    auth_method: str,
    at_most: int,
    schemes: frozenset[str] = VENDOR_SCHEMES,
    now: datetime,
    context: RequestContext,
) -> tuple[Client, Secret | None]:
    """Return the client and its secret, which is shown this once; None for a public client.

    Nobody but its owner can connect it until an administrator shares it, and consent is always asked.

    Raises:
        TooManyClients: the person has `at_most` already.
        LookupError: the account was disabled meanwhile.
        InvalidRedirectUri, InvalidClientMetadata: nothing was made.
    """
    if auth_method not in OWN_CLIENT_METHODS:
        raise InvalidClientMetadata(f"the client authentication method must be one of {', '.join(OWN_CLIENT_METHODS)}")
    cleaned = checked_name(name)
    if cleaned is None:
        raise InvalidClientMetadata("give the client a name")
    secret = new_token(TokenPrefix.CLIENT_SECRET) if auth_method != "none" else None
    client = Client(
        client_id=new_token(TokenPrefix.STORED_CLIENT).reveal(),
        origin=ClientOrigin.USER,
        redirect_uris=checked_redirect_uris(redirect_uris, schemes),
        created_at=now,
        client_name=cleaned,
        token_endpoint_auth_method=auth_method,
        client_secret_hashes=(digest(secret.reveal()),) if secret else (),
        owner_id=user_id,
    )

    def unit(stores: Stores) -> None:
        if not stores.clients.add_owned(client, at_most=at_most):
            raise TooManyClients
        stores.audit.add(
            AuditEvent(
                tag=AuditTag.CLIENT_REGISTERED,
                at=now,
                user_id=user_id,
                client_id=client.client_id,
                context=context,
                detail={"by": "owner", "auth_method": auth_method},
            )
        )

    database.write(unit)
    return client, secret
