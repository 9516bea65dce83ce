"""The client registration endpoint (RFC 7591 §3)."""

import json
from dataclasses import replace
from datetime import datetime

from doorward.audit import AuditEvent, AuditTag, RequestContext
from doorward.kit.secrets import Secret, TokenPrefix, digest, new_token
from doorward.kit.strict_json import MalformedJson, read_object
from doorward.oauth.bounded_audit import log_event
from doorward.oauth.client_metadata import read_client_metadata
from doorward.oauth.errors import InvalidClientMetadata
from doorward.oauth.ports import OAuthStores
from doorward.oauth.records import Client, ClientOrigin
from doorward.oauth.registration_access import RawHeaders, read_admission, refusals_recorded, spend_admission
from doorward.oauth.server import Server

_EVICTION_BATCH = 100


def register(
    server: Server, body: bytes, *, headers: RawHeaders = (), now: datetime, context: RequestContext
) -> dict[str, object]:
    """Register a client: the members of the client information response (RFC 7591 §3.2.1, RFC 7592 §3).

    A public client is described by its own id and leaves no row; a confidential one is stored. An initial access token
    is spent by a registration that succeeds, and by no other.

    Raises:
        RegistrationRefused, InvalidToken: see `read_admission` and `spend_admission`.
        InvalidClientMetadata, InvalidRedirectUri: see `read_client_metadata`.
    """
    with refusals_recorded(server, now=now, context=context):
        return _register(server, body, read_admission(server.policy, headers), now, context)


def _register(
    server: Server, body: bytes, admission: bytes | None, now: datetime, context: RequestContext
) -> dict[str, object]:
    try:
        document = read_object(body)
    except MalformedJson:
        raise InvalidClientMetadata("the body must be one JSON object") from None
    metadata = read_client_metadata(
        document,
        grants=server.grants,
        methods=server.client_auth_methods,
        scopes=server.policy.known_scope,
        schemes=server.clients.known.redirect_schemes,
        fetches_keys=server.policy.fetches_for_strangers,
    )
    client = Client(
        client_id="",
        origin=ClientOrigin.STATELESS,
        redirect_uris=metadata.redirect_uris,
        client_name=metadata.client_name,
        client_uri=metadata.client_uri,
        token_endpoint_auth_method=metadata.token_endpoint_auth_method,
        grant_types=metadata.grant_types,
        scope=metadata.scope,
        application_type=metadata.application_type,
        jwks=metadata.jwks,
        jwks_uri=metadata.jwks_uri,
        created_at=now,
    )
    if not client.is_confidential:
        client = server.stateless_clients.register(client, now)
        if admission is None:
            log_event(_event(client, now, context))
        else:
            server.database.write(lambda stores: _admit(stores, admission, client, now, context))
        return client_information(server, client)
    client, secret, token = _store(server, client, admission, now, context)
    return client_information(server, client, secret=secret, registration_token=token)


def _admit(stores: OAuthStores, admission: bytes, client: Client, now: datetime, context: RequestContext) -> None:
    token_id = spend_admission(stores, admission, now)
    stores.audit.add(_event(client, now, context, token_id=token_id))


def _store(
    server: Server, client: Client, admission: bytes | None, now: datetime, context: RequestContext
) -> tuple[Client, Secret | None, Secret]:
    signs = client.jwks is not None or client.jwks_uri is not None
    secret = None if signs else new_token(TokenPrefix.CLIENT_SECRET)
    token = new_token(TokenPrefix.REGISTRATION_ACCESS_TOKEN)
    stored = replace(
        client,
        client_id=new_token(TokenPrefix.STORED_CLIENT).reveal(),
        origin=ClientOrigin.DYNAMIC,
        client_secret_hashes=(digest(secret.reveal()),) if secret is not None else (),
        registration_token_hash=digest(token.reveal()),
    )

    def add(stores: OAuthStores) -> None:
        token_id = spend_admission(stores, admission, now) if admission is not None else None
        stores.clients.add(stored)
        stores.clients.evict_never_used(
            keep=server.policy.max_stored_clients,
            older_than=now - server.policy.never_used_client_lifetime,
            limit=_EVICTION_BATCH,
        )
        stores.audit.add(_event(stored, now, context, token_id=token_id))

    server.database.write(add)
    return stored, secret, token


def _event(client: Client, now: datetime, context: RequestContext, *, token_id: str | None = None) -> AuditEvent:
    detail = {"origin": str(client.origin), "client_name": client.client_name}
    if token_id is not None:
        detail["token_id"] = token_id
    return AuditEvent(
        tag=AuditTag.CLIENT_REGISTERED, at=now, client_id=client.client_id, context=context, detail=detail
    )


def client_information(
    server: Server, client: Client, *, secret: Secret | None = None, registration_token: Secret | None = None
) -> dict[str, object]:
    """All registered metadata, as it is registered (RFC 7591 §3.2.1), and how to manage it (RFC 7592 §3).

    Both members of the latter or neither: what describes itself cannot be changed.
    """
    manages_itself = registration_token is not None
    members: dict[str, object | None] = {
        "client_id": client.client_id,
        "client_id_issued_at": int(client.created_at.timestamp()),
        "client_secret": secret.reveal() if secret is not None else None,
        "client_secret_expires_at": 0 if secret is not None else None,
        "client_name": client.client_name,
        "client_uri": client.client_uri,
        "redirect_uris": list(client.redirect_uris),
        "grant_types": list(client.grant_types),
        "response_types": ["code"],
        "token_endpoint_auth_method": client.token_endpoint_auth_method,
        "scope": str(client.scope or server.policy.scopes_supported),
        "application_type": client.application_type,
        "jwks_uri": client.jwks_uri,
        "jwks": json.loads(client.jwks) if client.jwks is not None else None,
        "registration_client_uri": f"{server.policy.registration_endpoint}/{client.client_id}"
        if manages_itself
        else None,
        "registration_access_token": registration_token.reveal() if registration_token is not None else None,
    }
    return {name: value for name, value in members.items() if value is not None}
