"""Protected MCP servers, for administrators: registered, changed, deleted, and who may introspect their tokens."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel

from doorward.oauth.protected_resource import Resource
from doorward.oauth.resource_catalogue import ResourceCatalogue
from doorward.oauth.resource_definition import InvalidDefinition
from doorward.operations.add_resource_server import add_resource_server
from doorward.operations.create_resource import create_resource
from doorward.operations.delete_resource import delete_resource
from doorward.operations.describe_resource import describe_resource, find_resource_named
from doorward.operations.remove_resource_server import remove_resource_server
from doorward.operations.resource_changes import ResourceRefused, ResourceUnknown
from doorward.operations.update_resource import update_resource
from doorward.web.api.current_user import ComposedServer, CurrentAdministrator, require_administrator
from doorward.web.api.errors import Conflict, MalformedRequest, NotFound
from doorward.web.api.json_body import Body, body_of, request_body
from doorward.web.context import Web
from doorward.web.endpoints.resource_metadata import resource_document

router = APIRouter(prefix="/api/admin/resources", tags=["protected MCP servers"])
ADMINISTRATORS_ONLY = Depends(require_administrator)
"""First of all, so that nobody else's body is read."""


class ResourceChanges(Body):
    """Members of a definition; those that are left out stay as they are."""

    name: str | None = None
    aliases: list[str] | None = None
    documentation: str | None = None
    scopes: list[dict[str, object]] | None = None
    default_scope: str | None = None
    token_format: str | None = None
    access_token_lifetime: str | int | None = None
    authorization_lifetime: str | int | None = None
    tool_scopes: dict[str, str] | None = None
    method_scopes: dict[str, str] | None = None
    default: bool | None = None


class ResourceBody(ResourceChanges):
    """A definition; `scopes` is a list of objects with `name`, `words` and perhaps `includes`."""

    identifier: str


class ServerBody(Body):
    """The client that is to introspect; without one, a confidential client is made."""

    client_id: str | None = None


class ResourceAnswer(BaseModel):
    """A protected MCP server."""

    id: str
    identifier: str
    name: str
    aliases: list[str]
    documentation: str | None
    scopes: list[dict[str, object]]
    default_scope: str
    token_format: str
    access_token_lifetime: str | None
    authorization_lifetime: str | None
    tool_scopes: dict[str, str]
    method_scopes: dict[str, str]
    default: bool
    source: str
    introspected_by: list[str]


class ResourcesAnswer(BaseModel):
    """Every protected MCP server, the default first."""

    resources: list[ResourceAnswer]


class ServerAnswer(BaseModel):
    """A resource server; `client_secret` is shown this once, if the client was made for it."""

    client_id: str
    client_secret: str | None


@router.get("")
async def list_all(web: ComposedServer, _administrator: CurrentAdministrator) -> ResourcesAnswer:
    """Every resource, as this process knows them."""
    catalogue = await _fresh(web)
    return ResourcesAnswer(resources=[_answer(catalogue, resource) for resource in catalogue])


@router.post("", status_code=201, openapi_extra=request_body(ResourceBody), dependencies=[ADMINISTRATORS_ONLY])
async def create(
    request: Request,
    web: ComposedServer,
    administrator: CurrentAdministrator,
    body: Annotated[ResourceBody, Depends(body_of(ResourceBody))],
) -> ResourceAnswer:
    """Register a resource."""
    catalogue, definition = _catalogue(web), _sent(body)
    try:
        resource = await web.run(
            create_resource,
            web.database,
            catalogue.rules,
            definition=definition,
            is_default=body.default or False,
            by=administrator.user.id,
            now=web.clock.now(),
            context=web.request_context(request),
        )
    except InvalidDefinition as error:
        raise _malformed(error) from None
    except ResourceRefused as error:
        raise Conflict(str(error)) from None
    return await _as_it_is_now(web, resource)


@router.get("/{resource_id}")
async def show(web: ComposedServer, _administrator: CurrentAdministrator, resource_id: str) -> ResourceAnswer:
    """One resource."""
    catalogue = await _fresh(web)
    return _answer(catalogue, _require(catalogue, resource_id))


@router.get("/{resource_id}/metadata")
async def metadata(web: ComposedServer, _administrator: CurrentAdministrator, resource_id: str) -> dict[str, object]:
    """The document that a resource on another host serves at its own well-known address (RFC 9728 §3)."""
    catalogue = await _fresh(web)
    return resource_document(web.server.policy, _require(catalogue, resource_id))


@router.patch("/{resource_id}", openapi_extra=request_body(ResourceChanges), dependencies=[ADMINISTRATORS_ONLY])
async def update(
    request: Request,
    web: ComposedServer,
    administrator: CurrentAdministrator,
    resource_id: str,
    body: Annotated[ResourceChanges, Depends(body_of(ResourceChanges))],
) -> ResourceAnswer:
    """Replace members of a definition."""
    catalogue = await _fresh(web)
    try:
        resource = await web.run(
            update_resource,
            web.database,
            catalogue.rules,
            identifier=_require(catalogue, resource_id).identifier,
            changes=_sent(body),
            is_default=body.default,
            by=administrator.user.id,
            now=web.clock.now(),
            context=web.request_context(request),
        )
    except InvalidDefinition as error:
        raise _malformed(error) from None
    except ResourceRefused as error:
        raise Conflict(str(error)) from None
    except ResourceUnknown:
        raise NotFound from None
    return await _as_it_is_now(web, resource)


@router.delete("/{resource_id}", status_code=204)
async def delete(
    request: Request, web: ComposedServer, administrator: CurrentAdministrator, resource_id: str
) -> Response:
    """Delete a resource; its connections end."""
    catalogue = await _fresh(web)
    try:
        await web.run(
            delete_resource,
            web.database,
            catalogue.rules,
            identifier=_require(catalogue, resource_id).identifier,
            by=administrator.user.id,
            now=web.clock.now(),
            context=web.request_context(request),
        )
    except ResourceRefused as error:
        raise Conflict(str(error)) from None
    except ResourceUnknown:
        raise NotFound from None
    await _fresh(web)
    return Response(status_code=204)


@router.post(
    "/{resource_id}/servers",
    status_code=201,
    openapi_extra=request_body(ServerBody),
    dependencies=[ADMINISTRATORS_ONLY],
)
async def add_server(
    request: Request,
    web: ComposedServer,
    administrator: CurrentAdministrator,
    resource_id: str,
    body: Annotated[ServerBody, Depends(body_of(ServerBody))],
) -> ServerAnswer:
    """Let a resource server introspect (RFC 7662 §2.1)."""
    catalogue = await _fresh(web)
    try:
        client_id, secret = await web.run(
            add_resource_server,
            web.database,
            resource=_require(catalogue, resource_id),
            client_id=body.client_id,
            by=administrator.user.id,
            now=web.clock.now(),
            context=web.request_context(request),
        )
    except ResourceRefused as error:
        raise Conflict(str(error)) from None
    await _fresh(web)
    return ServerAnswer(client_id=client_id, client_secret=secret.reveal() if secret is not None else None)


@router.delete("/{resource_id}/servers/{client_id}", status_code=204)
async def remove_server(
    request: Request, web: ComposedServer, administrator: CurrentAdministrator, resource_id: str, client_id: str
) -> Response:
    """Let it introspect no longer."""
    catalogue = await _fresh(web)
    removed = await web.run(
        remove_resource_server,
        web.database,
        identifier=_require(catalogue, resource_id).identifier,
        client_id=client_id,
        by=administrator.user.id,
        now=web.clock.now(),
        context=web.request_context(request),
    )
    if not removed:
        raise NotFound
    await _fresh(web)
    return Response(status_code=204)


def _catalogue(web: Web) -> ResourceCatalogue:
    resources = web.server.policy.resources
    if not isinstance(resources, ResourceCatalogue):
        raise TypeError("a composed server has a catalogue of its resources")
    return resources


async def _fresh(web: Web) -> ResourceCatalogue:
    """The resources as they are stored now, not as they were a few seconds ago."""
    catalogue = _catalogue(web)
    await web.run(catalogue.reload, web.clock.now())
    return catalogue


async def _as_it_is_now(web: Web, resource: Resource) -> ResourceAnswer:
    catalogue = await _fresh(web)
    return _answer(catalogue, next((r for r in catalogue if r.identifier == resource.identifier), resource))


def _answer(catalogue: ResourceCatalogue, resource: Resource) -> ResourceAnswer:
    return ResourceAnswer.model_validate(describe_resource(catalogue, resource))


def _require(catalogue: ResourceCatalogue, resource_id: str) -> Resource:
    resource = find_resource_named(catalogue, resource_id)
    if resource is None:
        raise NotFound
    return resource


def _sent(body: ResourceChanges) -> Mapping[str, object]:
    return body.model_dump(exclude_unset=True, exclude={"default"})


def _malformed(error: InvalidDefinition) -> MalformedRequest:
    return MalformedRequest(f"the resource {error}")
