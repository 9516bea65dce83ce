"""Clients that a person makes for themself: made, listed, changed, given a new secret and deleted."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel

from doorward.oauth.records import Client
from doorward.operations.create_own_client import TooManyClients, create_own_client
from doorward.operations.list_own_clients import list_own_clients
from doorward.operations.update_client import ClientChanges
from doorward.web.api.client_answers import ClientAnswer, NewSecretAnswer, RotationBody
from doorward.web.api.current_user import ComposedServer, CurrentUser
from doorward.web.api.errors import NotSignedIn, TooMany
from doorward.web.api.json_body import Body, body_of, request_body
from doorward.web.stored_clients import StoredClients

router = APIRouter(prefix="/api/users/clients", tags=["own clients"])


async def own_clients(request: Request, web: ComposedServer, user: CurrentUser) -> StoredClients:
    """The clients of the person who calls."""
    return StoredClients(web=web, context=web.request_context(request), owner_id=user.user.id, by_user=None)


OwnClients = Annotated[StoredClients, Depends(own_clients)]


class OwnClientBody(Body):
    """A client to make; `token_endpoint_auth_method` is `none` for one without a secret."""

    client_name: str
    redirect_uris: list[str]
    token_endpoint_auth_method: str = "none"


class OwnClientChangesBody(Body):
    """What shall be different; what is missing or null stays."""

    client_name: str | None = None
    redirect_uris: list[str] | None = None


class OwnClientAnswer(ClientAnswer):
    """A client of the person who asks; `shared` when others may connect it, too."""

    shared: bool


class NewOwnClientAnswer(OwnClientAnswer):
    """A client just made; `client_secret` is shown this once, and null for a public client."""

    client_secret: str | None


class OwnClientsAnswer(BaseModel):
    """The clients of the person who asks, the oldest first, and how many they may have."""

    clients: list[OwnClientAnswer]
    at_most: int


@router.post("", status_code=201, openapi_extra=request_body(OwnClientBody))
async def create(
    request: Request,
    web: ComposedServer,
    user: CurrentUser,
    body: Annotated[OwnClientBody, Depends(body_of(OwnClientBody))],
) -> NewOwnClientAnswer:
    """Make a client that its owner alone can connect, until an administrator shares it."""
    try:
        client, secret = await web.run(
            create_own_client,
            web.database,
            user_id=user.user.id,
            name=body.client_name,
            redirect_uris=body.redirect_uris,
            auth_method=body.token_endpoint_auth_method,
            at_most=web.clients_per_user,
            schemes=web.server.clients.known.redirect_schemes,
            now=web.clock.now(),
            context=web.request_context(request),
        )
    except TooManyClients:
        raise TooMany from None
    except LookupError:
        raise NotSignedIn from None
    return NewOwnClientAnswer(**_answer(client).model_dump(), client_secret=secret.reveal() if secret else None)


@router.get("")
async def list_all(web: ComposedServer, user: CurrentUser) -> OwnClientsAnswer:
    """The clients that the person who asks made."""
    found = await web.run(list_own_clients, web.database, user_id=user.user.id)
    return OwnClientsAnswer(clients=[_answer(client) for client in found], at_most=web.clients_per_user)


@router.patch("/{client_id}", openapi_extra=request_body(OwnClientChangesBody))
async def change(
    clients: OwnClients,
    client_id: str,
    body: Annotated[OwnClientChangesBody, Depends(body_of(OwnClientChangesBody))],
) -> OwnClientAnswer:
    """Change the name or the redirect URIs, all of which are replaced."""
    changes = ClientChanges(
        name=body.client_name,
        redirect_uris=tuple(body.redirect_uris) if body.redirect_uris is not None else None,
    )
    return _answer(await clients.update(client_id, changes))


@router.post("/{client_id}/secret", status_code=201, openapi_extra=request_body(RotationBody))
async def rotate(
    clients: OwnClients, client_id: str, body: Annotated[RotationBody, Depends(body_of(RotationBody))]
) -> NewSecretAnswer:
    """Make a new secret, while the old one goes on for a while."""
    return NewSecretAnswer.of(*await clients.rotate_secret(client_id, overlap=body.duration))


@router.delete("/{client_id}/old-secret", status_code=204)
async def drop(clients: OwnClients, client_id: str) -> Response:
    """End the secret that a rotation replaced, before its time."""
    await clients.drop_old_secret(client_id)
    return Response(status_code=204)


@router.delete("/{client_id}", status_code=204)
async def delete(clients: OwnClients, client_id: str) -> Response:
    """Delete a client of the person who asks, and end its connections; other people's do not exist here."""
    await clients.delete(client_id)
    return Response(status_code=204)


def _answer(client: Client) -> OwnClientAnswer:
    return OwnClientAnswer(**ClientAnswer.of(client).model_dump(), shared=client.shared_at is not None)
