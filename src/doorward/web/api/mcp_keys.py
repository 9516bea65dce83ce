"""MCP API keys of a person: made, listed and revoked; accepted by the protected MCP server only."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel

from doorward.identity.api_keys import ApiKeyRefused
from doorward.identity.records import ApiKey
from doorward.oauth.errors import InvalidScope
from doorward.oauth.protected_resource import Resource
from doorward.oauth.resource import choose_resource
from doorward.oauth.scope import MalformedScope, Scope
from doorward.operations.create_api_key import create_api_key
from doorward.operations.list_api_keys import list_api_keys
from doorward.operations.revoke_api_key import revoke_api_key
from doorward.web.api.current_user import ComposedServer, CurrentUser
from doorward.web.api.errors import MalformedRequest, NotFound
from doorward.web.api.json_body import Body, body_of, request_body

router = APIRouter(prefix="/api/users/mcp-keys", tags=["MCP API keys"])


class KeyBody(Body):
    """A key to make; without `resource` and `scope` it is for the default ones."""

    name: str
    scope: str | None = None
    resource: str | None = None


class KeyAnswer(BaseModel):
    """A key, as it is remembered: `hint` is its last four characters."""

    id: str
    name: str
    hint: str
    scope: str
    resource: str
    created_at: datetime
    expires_at: datetime | None

    @classmethod
    def of(cls, key: ApiKey) -> "KeyAnswer":
        return cls(
            id=key.public_id,
            name=key.name,
            hint=key.hint,
            scope=key.scope,
            resource=key.resource,
            created_at=key.created_at,
            expires_at=key.expires_at,
        )


class NewKeyAnswer(KeyAnswer):
    """A key just made; `key` is shown this once."""

    key: str


class KeysAnswer(BaseModel):
    """The live keys of a person, the newest first."""

    keys: list[KeyAnswer]


@router.post("", status_code=201, openapi_extra=request_body(KeyBody))
async def create(
    request: Request, web: ComposedServer, user: CurrentUser, body: Annotated[KeyBody, Depends(body_of(KeyBody))]
) -> NewKeyAnswer:
    """Make a key."""
    resource = choose_resource(web.server.policy, [body.resource] if body.resource else [])
    try:
        key, stored = await web.run(
            create_api_key,
            web.database,
            user_id=user.user.id,
            name=body.name,
            scope=str(_choose_scope(resource, body.scope)),
            resource=resource.identifier,
            now=web.clock.now(),
            context=web.request_context(request),
        )
    except ApiKeyRefused as error:
        raise MalformedRequest(str(error)) from None
    return NewKeyAnswer(**KeyAnswer.of(stored).model_dump(), key=key.reveal())


@router.get("")
async def list_all(web: ComposedServer, user: CurrentUser) -> KeysAnswer:
    """The keys of the person who asks."""
    found = await web.run(list_api_keys, web.database, user_id=user.user.id)
    return KeysAnswer(keys=[KeyAnswer.of(key) for key in found])


@router.delete("/{public_id}", status_code=204)
async def revoke(request: Request, web: ComposedServer, user: CurrentUser, public_id: str) -> Response:
    """Revoke a key of the person who asks; other people's keys do not exist here."""
    revoked = "\0" not in public_id and await web.run(
        revoke_api_key,
        web.database,
        user_id=user.user.id,
        public_id=public_id,
        now=web.clock.now(),
        context=web.request_context(request),
    )
    if not revoked:
        raise NotFound
    return Response(status_code=204)


def _choose_scope(resource: Resource, text: str | None) -> Scope:
    """What the key may do: a person names it themself, so an unknown scope token is refused and not dropped."""
    allowed = Scope.of(token.name for token in resource.scopes)
    try:
        scope = Scope.parse(text or "") or resource.default_scope.within(allowed)
    except MalformedScope:
        raise InvalidScope from None
    if not allowed.covers(scope):
        raise InvalidScope("the scope is not one of this resource")
    return scope
