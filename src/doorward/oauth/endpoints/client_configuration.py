"""The client configuration endpoint: a stored client manages its own registration (RFC 7592 §2)."""

from dataclasses import fields
from datetime import datetime

from doorward.audit import AuditEvent, AuditTag, RequestContext
from doorward.kit.secrets import Secret, TokenPrefix, digest, same
from doorward.kit.strict_json import MalformedJson, read_object
from doorward.oauth.client_metadata import ClientMetadata, read_client_metadata, same_credential
from doorward.oauth.endpoints.register import client_information
from doorward.oauth.errors import InvalidClientMetadata, InvalidRequest, InvalidToken, RegistrationRefused
from doorward.oauth.ports import OAuthStores
from doorward.oauth.records import Client
from doorward.oauth.registration_access import RawHeaders, read_bearer, refusals_recorded
from doorward.oauth.server import Server

_NEVER_SENT = (
    "registration_access_token",
    "registration_client_uri",
    "client_secret_expires_at",
    "client_id_issued_at",
)
"""What an update must not include (RFC 7592 §2.2)."""


def read_configuration(
    server: Server, client_id: str, headers: RawHeaders, *, now: datetime, context: RequestContext
) -> dict[str, object]:
    """What is registered (RFC 7592 §2.1); secrets are kept as hashes, so only the token that came is in it.

    Raises:
        InvalidToken: the token is missing, wrong, or another client's; an unknown client is no different.
        RegistrationRefused: an operator blocked the client.
    """
    with refusals_recorded(server, now=now, context=context, client_id=client_id):
        client, token = _authenticate(server, client_id, headers, now)
    return client_information(server, client, registration_token=token)


def replace_configuration(
    server: Server, client_id: str, headers: RawHeaders, body: bytes, *, now: datetime, context: RequestContext
) -> dict[str, object]:
    """Replace the metadata, by the rules of a registration of today (RFC 7592 §2.2).

    The registration access token stays, so that a lost answer locks nobody out. Codes that went to an address that is
    not registered any more are void from then on.

    Raises:
        InvalidToken, RegistrationRefused: see `read_configuration`.
        InvalidRequest: a member must not be sent, or does not match what is registered.
        InvalidClientMetadata, InvalidRedirectUri: see `read_client_metadata`.
    """
    with refusals_recorded(server, now=now, context=context, client_id=client_id):
        client, token = _authenticate(server, client_id, headers, now)
        metadata = _read_update(server, client, body, now)
        values = {field.name: getattr(metadata, field.name) for field in fields(metadata)}
        token_hash = digest(token.reveal())

        def unit(stores: OAuthStores) -> Client | None:
            stores.clients.hold(exclusive=True)
            changed = stores.clients.update(client_id, values, token_hash=token_hash)
            if changed is not None:
                stores.codes.void_of_removed_uris(client_id, changed.redirect_uris, at=now)
            return changed

        changed = server.database.write(unit)
        if changed is None:
            raise InvalidToken(reason="client_ended")
    server.stored_clients.forget(client_id)
    event = AuditEvent(
        tag=AuditTag.CLIENT_UPDATED, at=now, client_id=client_id, context=context, detail={"by": "client"}
    )
    server.bounded_audit.record(event)
    return client_information(server, changed, registration_token=token)


def delete_configuration(
    server: Server, client_id: str, headers: RawHeaders, *, now: datetime, context: RequestContext
) -> None:
    """Delete the client, its registration access token and its Authorizations in one transaction (RFC 7592 §2.3).

    Raises:
        InvalidToken, RegistrationRefused: see `read_configuration`.
    """
    with refusals_recorded(server, now=now, context=context, client_id=client_id):
        _, token = _authenticate(server, client_id, headers, now)
        token_hash = digest(token.reveal())

        def unit(stores: OAuthStores) -> bool:
            stores.clients.hold(exclusive=True)
            if not stores.clients.delete_managed(client_id, registration_token_hash=token_hash):
                return False
            ended = stores.authorizations.revoke_of_client(client_id, at=now, reason="client_deleted")
            stores.audit.add(
                AuditEvent(
                    tag=AuditTag.CLIENT_DELETED,
                    at=now,
                    client_id=client_id,
                    context=context,
                    detail={"by": "client", "authorizations": ended},
                )
            )
            return True

        if not server.database.write(unit):
            raise InvalidToken(reason="client_ended")
    server.stored_clients.forget(client_id)


def _authenticate(server: Server, client_id: str, headers: RawHeaders, now: datetime) -> tuple[Client, Secret]:
    """The client whose token came; it is looked up by the token, so nothing tells which clients there are."""
    token = read_bearer(headers, TokenPrefix.REGISTRATION_ACCESS_TOKEN)
    client = server.database.read(lambda stores: stores.clients.find_by_registration_token(digest(token)))
    if client is None or not same(client.client_id, client_id):
        raise InvalidToken(reason="token_unknown")
    if server.clients.is_blocked(client, now):
        raise RegistrationRefused("this client may not manage itself", reason="client_blocked")
    return client, Secret(token)


def _read_update(server: Server, client: Client, body: bytes, now: datetime) -> ClientMetadata:
    try:
        document = dict(read_object(body))
    except MalformedJson:
        raise InvalidClientMetadata("the body must be one JSON object") from None
    for name in _NEVER_SENT:
        if name in document:
            raise InvalidRequest(f"an update must not include {name}")
    if document.get("client_id") != client.client_id:
        raise InvalidRequest("client_id must be the one that is registered")
    _require_own_secret(client, document.get("client_secret"), now)
    document.setdefault("token_endpoint_auth_method", client.token_endpoint_auth_method)
    metadata = read_client_metadata(
        document,
        grants=server.grants,
        methods=server.client_auth_methods,
        scopes=server.policy.known_scope,
        schemes=server.clients.known.redirect_schemes,
        fetches_keys=server.policy.fetches_for_strangers,
    )
    before, after = client.token_endpoint_auth_method, metadata.token_endpoint_auth_method
    if not same_credential(before, after, server.client_auth_methods):
        raise InvalidClientMetadata("token_endpoint_auth_method must use the credential the client has")
    return metadata


def _require_own_secret(client: Client, presented: object, now: datetime) -> None:
    """A secret in an update must be the one that was issued; a client chooses none of its own (RFC 7592 §2.2)."""
    if presented is None:
        return
    hashes = client.at(now).client_secret_hashes
    if not isinstance(presented, str) or not any(same(digest(presented), stored) for stored in hashes):
        raise InvalidRequest("client_secret must be the one that was issued")
