"""What is blocked, for administrators: client ids, agents, and hosts that answers go to."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel

from doorward.oauth.block_subject import InvalidBlockSubject
from doorward.operations.block_client import block_client
from doorward.operations.list_blocks import list_blocks
from doorward.operations.unblock_client import unblock_client
from doorward.web.api.current_user import ComposedServer, CurrentAdministrator
from doorward.web.api.errors import MalformedRequest, NotFound
from doorward.web.api.json_body import Body, body_of, request_body

router = APIRouter(prefix="/api/admin/blocks", tags=["administration: blocks"])


class BlockBody(Body):
    """A client id, stored or not, or a host of redirect URIs without port and path."""

    subject: str


class BlockAnswer(BaseModel):
    """What is blocked, and since when."""

    subject: str
    created_at: datetime


class NewBlockAnswer(BaseModel):
    """What was understood and is blocked now, and how many connections that ended."""

    subject: str
    kind: str
    connections_ended: int


class BlocksAnswer(BaseModel):
    """Every block, the oldest first."""

    blocks: list[BlockAnswer]


@router.get("")
async def list_all(web: ComposedServer, _administrator: CurrentAdministrator) -> BlocksAnswer:
    """What is blocked."""
    found = await web.run(list_blocks, web.database)
    return BlocksAnswer(blocks=[BlockAnswer(subject=it.subject, created_at=it.created_at) for it in found])


@router.post("", status_code=201, openapi_extra=request_body(BlockBody))
async def block(
    request: Request,
    web: ComposedServer,
    administrator: CurrentAdministrator,
    body: Annotated[BlockBody, Depends(body_of(BlockBody))],
) -> NewBlockAnswer:
    """Block a client, or all clients whose answers go to a host, and end their connections."""
    if "\0" in body.subject:
        raise MalformedRequest("subject must be a client id or a host")
    try:
        blocked = await web.run(
            block_client,
            web.database,
            subject=body.subject,
            known=web.server.clients.known,
            by_user=administrator.user.id,
            now=web.clock.now(),
            context=web.request_context(request),
        )
    except InvalidBlockSubject:
        raise MalformedRequest("subject must be a client id or a host such as app.example.com") from None
    web.server.clients.forget_rules()
    return NewBlockAnswer(
        subject=blocked.subject.name, kind=blocked.subject.kind.value, connections_ended=blocked.authorizations
    )


@router.delete("", status_code=204)
async def unblock(
    request: Request, web: ComposedServer, administrator: CurrentAdministrator, subject: str = ""
) -> Response:
    """Lift the block of the parameter `subject`; what it had ended stays ended."""
    lifted = await web.run(
        unblock_client,
        web.database,
        subject=subject,
        known=web.server.clients.known,
        by_user=administrator.user.id,
        now=web.clock.now(),
        context=web.request_context(request),
    )
    if lifted is None:
        raise NotFound
    web.server.clients.forget_rules()
    return Response(status_code=204)
