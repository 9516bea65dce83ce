"""Stored clients, for administrators."""

import json
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, Field

from doorward.kit.paging import Position
from doorward.oauth.records import Client
from doorward.operations.create_client import create_client
from doorward.operations.find_client import find_client
from doorward.operations.page_clients import page_clients
from doorward.operations.update_client import ClientChanges
from doorward.web.api.client_answers import ClientAnswer, NewSecretAnswer, RotationBody
from doorward.web.api.current_user import ComposedServer, CurrentAdministrator
from doorward.web.api.errors import MalformedRequest, NotFound
from doorward.web.api.json_body import Body, body_of, request_body
from doorward.web.stored_clients import StoredClients

router = APIRouter(prefix="/api/admin/clients", tags=["administration: clients"])

_DEFAULT_LIMIT, _MOST = 50, 200


async def all_clients(request: Request, web: ComposedServer, administrator: CurrentAdministrator) -> StoredClients:
    """Every stored client, for the administrator who calls."""
    return StoredClients(web=web, context=web.request_context(request), owner_id=None, by_user=administrator.user.id)


AllClients = Annotated[StoredClients, Depends(all_clients)]


class ClientBody(Body):
    """A client to register; without `client_name` it gets the host of its first redirect URI."""

    redirect_uris: list[str]
    client_name: str | None = None
    grant_types: list[str] = Field(default=["authorization_code", "refresh_token"])
    token_endpoint_auth_method: str = "none"
    jwks: dict[str, object] | None = None
    """Its public keys, a JWK Set, where it authenticates with private_key_jwt."""
    jwks_uri: str | None = None
    """Where it publishes them instead."""
    scope: str | None = None
    """The scope it may ask for; null for every scope."""
    trusted: bool = False
    """Whether a person's earlier consent is honoured without asking again."""


class ClientChangesBody(Body):
    """What shall be different; what is missing or null stays, and an empty `scope` means every scope."""

    client_name: str | None = None
    redirect_uris: list[str] | None = None
    grant_types: list[str] | None = None
    token_endpoint_auth_method: str | None = None
    jwks: dict[str, object] | None = None
    """Other public keys, which replace all it had."""
    jwks_uri: str | None = None
    """Where it publishes them from now on."""
    scope: str | None = None
    trusted: bool | None = None
    shared: bool | None = None
    """Whether people other than its owner may connect a client that one made."""


class AdministeredClientAnswer(ClientAnswer):
    """A stored client, as administrators see it."""

    origin: str
    trusted: bool
    scope: str | None
    jwks: dict[str, object] | None
    jwks_uri: str | None
    owner_id: str | None
    shared_at: datetime | None


class NewClientAnswer(AdministeredClientAnswer):
    """A client just registered; `client_secret` is shown this once, and null for a public client."""

    client_secret: str | None


class ClientsAnswer(BaseModel):
    """Stored clients, the oldest first; `next` is the cursor of the next page, and null on the last."""

    clients: list[AdministeredClientAnswer]
    next: str | None


@router.get("")
async def list_page(
    web: ComposedServer, _administrator: CurrentAdministrator, limit: str | None = None, after: str | None = None
) -> ClientsAnswer:
    """A page of the stored clients, of at most `limit` (50 unless asked, 200 at most), behind the cursor `after`."""
    position = Position.read(after) if after is not None else None
    if after is not None and position is None:
        raise MalformedRequest("after must be the cursor of a page before")
    found, following = await web.run(page_clients, web.database, after=position, limit=_read_limit(limit))
    return ClientsAnswer(clients=[_answer(client) for client in found], next=following.cursor() if following else None)


@router.post("", status_code=201, openapi_extra=request_body(ClientBody))
async def create(
    request: Request,
    web: ComposedServer,
    administrator: CurrentAdministrator,
    body: Annotated[ClientBody, Depends(body_of(ClientBody))],
) -> NewClientAnswer:
    """Register a client."""
    client, secret = await web.run(
        create_client,
        web.database,
        name=body.client_name,
        redirect_uris=body.redirect_uris,
        grant_types=body.grant_types,
        auth_method=body.token_endpoint_auth_method,
        jwks=body.jwks,
        jwks_uri=body.jwks_uri,
        trusted=body.trusted,
        scope=body.scope,
        scopes_supported=web.server.policy.known_scope,
        schemes=web.server.clients.known.redirect_schemes,
        by_user=administrator.user.id,
        now=web.clock.now(),
        context=web.request_context(request),
    )
    return NewClientAnswer(**_answer(client).model_dump(), client_secret=secret.reveal() if secret else None)


@router.get("/{client_id}")
async def read(web: ComposedServer, _administrator: CurrentAdministrator, client_id: str) -> AdministeredClientAnswer:
    """A stored client."""
    client = await web.run(find_client, web.database, client_id=client_id)
    if client is None:
        raise NotFound
    return _answer(client)


@router.patch("/{client_id}", openapi_extra=request_body(ClientChangesBody))
async def change(
    clients: AllClients,
    client_id: str,
    body: Annotated[ClientChangesBody, Depends(body_of(ClientChangesBody))],
) -> AdministeredClientAnswer:
    """Change a stored client; a client that is not shared any more loses everybody's connections but its owner's."""
    changes = ClientChanges(
        name=body.client_name,
        redirect_uris=tuple(body.redirect_uris) if body.redirect_uris is not None else None,
        grant_types=tuple(body.grant_types) if body.grant_types is not None else None,
        auth_method=body.token_endpoint_auth_method,
        jwks=body.jwks,
        jwks_uri=body.jwks_uri,
        scope=body.scope,
        trusted=body.trusted,
        shared=body.shared,
    )
    return _answer(await clients.update(client_id, changes))


@router.delete("/{client_id}", status_code=204)
async def delete(clients: AllClients, client_id: str) -> Response:
    """Delete a stored client, and end its connections."""
    await clients.delete(client_id)
    return Response(status_code=204)


@router.post("/{client_id}/secret", status_code=201, openapi_extra=request_body(RotationBody))
async def rotate(
    clients: AllClients, client_id: str, body: Annotated[RotationBody, Depends(body_of(RotationBody))]
) -> NewSecretAnswer:
    """Make a new secret, while the old one goes on for a while."""
    return NewSecretAnswer.of(*await clients.rotate_secret(client_id, overlap=body.duration))


@router.delete("/{client_id}/old-secret", status_code=204)
async def drop(clients: AllClients, client_id: str) -> Response:
    """End the secret that a rotation replaced, before its time."""
    await clients.drop_old_secret(client_id)
    return Response(status_code=204)


def _read_limit(text: str | None) -> int:
    if text is None:
        return _DEFAULT_LIMIT
    if not (text.isascii() and text.isdigit() and len(text) <= 9 and 1 <= int(text) <= _MOST):
        raise MalformedRequest(f"limit must be a number from 1 to {_MOST}")
    return int(text)


def _answer(client: Client) -> AdministeredClientAnswer:
    return AdministeredClientAnswer(
        **ClientAnswer.of(client).model_dump(),
        origin=client.origin.value,
        trusted=client.trusted,
        scope=str(client.scope) if client.scope else None,
        jwks=json.loads(client.jwks) if client.jwks is not None else None,
        jwks_uri=client.jwks_uri,
        owner_id=client.owner_id,
        shared_at=client.shared_at,
    )
