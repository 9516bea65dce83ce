"""Register a client, as an operator."""

from collections.abc import Sequence
from datetime import datetime

from doorward.audit import AuditEvent, AuditTag, RequestContext
from doorward.kit.names import is_visible, one_line
from doorward.kit.secrets import Secret, TokenPrefix, digest, new_token
from doorward.oauth.client_auth import CLIENT_AUTH_METHODS
from doorward.oauth.client_authentication import ClientAuthMethod
from doorward.oauth.client_keys import NO_KEYS, ClientKeys, read_keys
from doorward.oauth.client_metadata import MAX_NAME
from doorward.oauth.errors import InvalidClientMetadata, InvalidRedirectUri
from doorward.oauth.grants import GRANTS
from doorward.oauth.records import Client, ClientOrigin
from doorward.oauth.redirect_uri import VENDOR_SCHEMES, check_redirect_uri, redirect_host
from doorward.oauth.scope import MalformedScope, Scope
from doorward.operations.ports import ServerDatabase, Stores

_MAX_REDIRECT_URIS = 50


def create_client(
    database: ServerDatabase,
    *,
    name: str | None,
    redirect_uris: Sequence[str],
    grant_types: Sequence[str],
    auth_method: str,
    trusted: bool,
    scope: str | None,
    scopes_supported: Scope | None = None,
    schemes: frozenset[str] = VENDOR_SCHEMES,
    by_user: str | None = None,
    jwks: object = None,
    jwks_uri: str | None = None,
    now: datetime,
    context: RequestContext,
) -> tuple[Client, Secret | None]:
    """Return the client and its secret, which is shown this once; None for a public client (RFC 7591 §2).

    Without a name it gets the host of its first redirect URI; a scope must be among `scopes_supported`, if given.
    `by_user` is the administrator, where one is known. A client that signs, and no other, has keys: `jwks`, a JWK Set,
    or `jwks_uri`, where it is published.

    Raises:
        InvalidRedirectUri, InvalidClientMetadata: nothing was made.
    """
    method = next((method for method in CLIENT_AUTH_METHODS if method.name == auth_method), None)
    if method is None:
        known = ", ".join(method.name for method in CLIENT_AUTH_METHODS)
        raise InvalidClientMetadata(f"the client authentication method must be one of {known}")
    secret = new_token(TokenPrefix.CLIENT_SECRET) if method.has_secret else None
    client = Client(
        client_id=new_token(TokenPrefix.STORED_CLIENT).reveal(),
        origin=ClientOrigin.OPERATOR,
        redirect_uris=(uris := checked_redirect_uris(redirect_uris, schemes)),
        created_at=now,
        client_name=checked_name(name) or redirect_host(uris[0]).removesuffix(":"),
        token_endpoint_auth_method=method.name,
        grant_types=checked_grant_types(grant_types),
        scope=checked_scope(scope, scopes_supported),
        client_secret_hashes=(digest(secret.reveal()),) if secret else (),
        jwks=(keys := _checked_keys(method, jwks, jwks_uri)).jwks,
        jwks_uri=keys.jwks_uri,
        trusted=trusted,
    )

    def unit(stores: Stores) -> None:
        stores.clients.add(client)
        stores.audit.add(
            AuditEvent(
                tag=AuditTag.CLIENT_REGISTERED,
                at=now,
                user_id=by_user,
                client_id=client.client_id,
                context=context,
                detail={"by": "operator", "trusted": trusted, "auth_method": method.name},
            )
        )

    database.write(unit)
    return client, secret


def checked_redirect_uris(redirect_uris: Sequence[str], schemes: frozenset[str]) -> tuple[str, ...]:
    """Each redirect URI once; nothing is dropped in silence, because a person gave them.

    Raises:
        InvalidRedirectUri: one is unacceptable, or there are none or too many.
    """
    if not 1 <= len(redirect_uris) <= _MAX_REDIRECT_URIS:
        raise InvalidRedirectUri(f"give 1 to {_MAX_REDIRECT_URIS} redirect URIs")
    for uri in redirect_uris:
        check_redirect_uri(uri, schemes)
    return tuple(dict.fromkeys(redirect_uris))


def _checked_keys(method: ClientAuthMethod, jwks: object, jwks_uri: str | None) -> ClientKeys:
    if method.signing_algorithms:
        return read_keys(jwks=jwks, jwks_uri=jwks_uri)
    if jwks is not None or jwks_uri is not None:
        require_signing(method.name)
    return NO_KEYS


def require_signing(auth_method: str) -> None:
    """Refuse keys for a client that would never use them.

    Raises:
        InvalidClientMetadata: nothing is signed with that client authentication method.
    """
    signing = [method.name for method in CLIENT_AUTH_METHODS if method.signing_algorithms]
    if auth_method not in signing:
        raise InvalidClientMetadata(f"only clients that authenticate with {' or '.join(signing)} have keys")


def checked_name(name: str | None) -> str | None:
    """The name on one line; None when it is empty.

    Raises:
        InvalidClientMetadata: it is too long, or has something in it that cannot be seen.
    """
    cleaned = one_line(name or "")
    if len(cleaned) > MAX_NAME:
        raise InvalidClientMetadata(f"the client name can have at most {MAX_NAME} characters")
    if not is_visible(name or ""):
        raise InvalidClientMetadata("the client name contains a character that cannot be seen")
    return cleaned or None


def checked_grant_types(grant_types: Sequence[str]) -> tuple[str, ...]:
    """Each grant type once.

    Raises:
        InvalidClientMetadata: one is not known here, or they are of no use.
    """
    known = [grant.grant_type for grant in GRANTS]
    if not grant_types or not set(grant_types) <= set(known):
        raise InvalidClientMetadata(f"the grant types must be among {', '.join(known)}")
    if "authorization_code" not in grant_types:
        raise InvalidClientMetadata("refresh_token is of no use without authorization_code")
    return tuple(dict.fromkeys(grant_types))


def checked_scope(scope: str | None, supported: Scope | None) -> Scope | None:
    """The scope a client is held to; None when it is empty, which means every scope.

    Raises:
        InvalidClientMetadata: it is malformed, or not among those supported.
    """
    try:
        asked = Scope.parse(scope) if scope else None
    except MalformedScope:
        raise InvalidClientMetadata("the scope is malformed") from None
    if asked and supported is not None and not supported.covers(asked):
        raise InvalidClientMetadata(f"the scope must be made of {' and '.join(supported)}")
    return asked
