"""Let a resource server introspect the tokens of its resource."""

from datetime import datetime

from doorward.audit import AuditEvent, AuditTag, RequestContext
from doorward.kit.secrets import Secret, TokenPrefix, digest, new_token
from doorward.oauth.protected_resource import Resource
from doorward.oauth.records import Client, ClientOrigin
from doorward.operations.ports import ServerDatabase, Stores
from doorward.operations.resource_changes import ResourceRefused


def add_resource_server(
    database: ServerDatabase,
    *,
    resource: Resource,
    client_id: str | None,
    by: str | None = None,
    now: datetime,
    context: RequestContext,
) -> tuple[str, Secret | None]:
    """Return the client id of the resource server, and its secret when the client was made for it (RFC 7662 §2.1).

    Without `client_id` a confidential client is made that can do nothing else.

    Raises:
        ResourceRefused: there is no such client, or it is not an operator's and confidential.
    """
    secret = new_token(TokenPrefix.CLIENT_SECRET) if client_id is None else None
    own_id = client_id or new_token(TokenPrefix.STORED_CLIENT).reveal()

    def unit(stores: Stores) -> None:
        if secret is not None:
            stores.clients.add(_client(own_id, secret, resource, now))
        else:
            _require_confidential(stores.clients.find(own_id))
        if not stores.resources.add_server(resource.identifier, own_id):
            raise ResourceRefused("this client may introspect tokens of this resource already")
        stores.audit.add(
            AuditEvent(
                tag=AuditTag.RESOURCE_SERVER_ADDED,
                at=now,
                user_id=by,
                client_id=own_id,
                context=context,
                detail={"resource": resource.identifier, "registered": secret is not None},
            )
        )

    database.write(unit)
    return own_id, secret


def _client(client_id: str, secret: Secret, resource: Resource, now: datetime) -> Client:
    return Client(
        client_id=client_id,
        origin=ClientOrigin.OPERATOR,
        redirect_uris=(),
        created_at=now,
        client_name=f"{resource.name} (resource server)",
        token_endpoint_auth_method="client_secret_basic",
        grant_types=(),
        client_secret_hashes=(digest(secret.reveal()),),
    )


def _require_confidential(client: Client | None) -> None:
    if client is None:
        raise ResourceRefused("no stored client has this id")
    if client.origin is not ClientOrigin.OPERATOR or not client.is_confidential:
        raise ResourceRefused("only a confidential client that an operator registered can be a resource server")
