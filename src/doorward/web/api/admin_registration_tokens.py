"""Initial access tokens, for administrators."""

from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, Field

from doorward.oauth.records import InitialAccessToken
from doorward.operations.create_initial_access_token import InitialAccessTokenRefused, create_initial_access_token
from doorward.operations.list_initial_access_tokens import list_initial_access_tokens
from doorward.operations.revoke_initial_access_token import revoke_initial_access_token
from doorward.web.api.current_user import ComposedServer, CurrentAdministrator
from doorward.web.api.errors import MalformedRequest, NotFound
from doorward.web.api.json_body import Body, body_of, request_body

router = APIRouter(prefix="/api/admin/registration-tokens", tags=["administration: registration tokens"])

_LONGEST = int(timedelta(days=3650).total_seconds())


class TokenBody(Body):
    """A token to make: `expires_in` seconds from now or never, for `uses` clients or any number."""

    name: str
    expires_in: int | None = Field(default=None, ge=1, le=_LONGEST)
    uses: int | None = None


class TokenAnswer(BaseModel):
    """A token, as it is remembered."""

    id: str
    name: str
    uses_left: int | None
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None

    @classmethod
    def of(cls, token: InitialAccessToken) -> "TokenAnswer":
        return cls(
            id=token.id,
            name=token.name,
            uses_left=token.uses_left,
            created_at=token.created_at,
            expires_at=token.expires_at,
            last_used_at=token.last_used_at,
            revoked_at=token.revoked_at,
        )


class NewTokenAnswer(TokenAnswer):
    """A token just made; `token` is shown this once."""

    token: str


class TokensAnswer(BaseModel):
    """Every token, the oldest first; those that ended stay for 30 days."""

    tokens: list[TokenAnswer]


@router.get("")
async def list_all(web: ComposedServer, _administrator: CurrentAdministrator) -> TokensAnswer:
    """The initial access tokens."""
    found = await web.run(list_initial_access_tokens, web.database)
    return TokensAnswer(tokens=[TokenAnswer.of(token) for token in found])


@router.post("", status_code=201, openapi_extra=request_body(TokenBody))
async def create(
    request: Request,
    web: ComposedServer,
    administrator: CurrentAdministrator,
    body: Annotated[TokenBody, Depends(body_of(TokenBody))],
) -> NewTokenAnswer:
    """Make an initial access token, with which clients register where registration asks for one."""
    now = web.clock.now()
    try:
        secret, token = await web.run(
            create_initial_access_token,
            web.database,
            name=body.name,
            expires_at=now + timedelta(seconds=body.expires_in) if body.expires_in is not None else None,
            uses=body.uses,
            by_user=administrator.user.id,
            now=now,
            context=web.request_context(request),
        )
    except InitialAccessTokenRefused as error:
        raise MalformedRequest(str(error)) from None
    return NewTokenAnswer(**TokenAnswer.of(token).model_dump(), token=secret.reveal())


@router.delete("/{token_id}", status_code=204)
async def revoke(request: Request, web: ComposedServer, administrator: CurrentAdministrator, token_id: str) -> Response:
    """Revoke a token at once; clients that registered with it stay."""
    revoked = await web.run(
        revoke_initial_access_token,
        web.database,
        token_id=token_id,
        by_user=administrator.user.id,
        now=web.clock.now(),
        context=web.request_context(request),
    )
    if not revoked:
        raise NotFound
    return Response(status_code=204)
