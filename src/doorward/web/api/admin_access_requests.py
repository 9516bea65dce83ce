"""People who wait for an administrator to allow a client, and the decision."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel

from doorward.operations.decide_access_request import decide_access_request
from doorward.operations.list_access_requests import list_access_requests
from doorward.web.api.current_user import ComposedServer, CurrentAdministrator
from doorward.web.api.errors import NotFound
from doorward.web.api.json_body import Body, body_of, request_body

router = APIRouter(prefix="/api/admin/access-requests", tags=["administration: access requests"])


class DecisionBody(Body):
    """What was decided: for the person who asked, or for everybody. A refusal is a block and ends connections."""

    decision: Literal["approve", "refuse"]
    for_everybody: bool = False


class AccessRequestAnswer(BaseModel):
    """Who waits, for what a decision would be about, and what the client says of itself."""

    id: str
    user: str
    subject: str
    client_id: str
    client_name: str | None
    redirect_uri: str
    created_at: datetime


class AccessRequestsAnswer(BaseModel):
    """Every request that waits, the oldest first."""

    requests: list[AccessRequestAnswer]


class DecidedAnswer(BaseModel):
    """What holds now about the subject."""

    subject: str
    decision: str
    for_everybody: bool


@router.get("")
async def list_all(web: ComposedServer, _administrator: CurrentAdministrator) -> AccessRequestsAnswer:
    """The people who wait."""
    found = await web.run(list_access_requests, web.database)
    return AccessRequestsAnswer(
        requests=[
            AccessRequestAnswer(
                id=waiting.id,
                user=email,
                subject=waiting.subject,
                client_id=waiting.client_id,
                client_name=waiting.client_name,
                redirect_uri=waiting.redirect_uri,
                created_at=waiting.created_at,
            )
            for waiting, email in found
        ]
    )


@router.post("/{request_id}", openapi_extra=request_body(DecisionBody))
async def decide(
    request: Request,
    web: ComposedServer,
    administrator: CurrentAdministrator,
    request_id: str,
    body: Annotated[DecisionBody, Depends(body_of(DecisionBody))],
) -> DecidedAnswer:
    """Decide; of two administrators who decide at once, the first counts."""
    decided = await web.run(
        decide_access_request,
        web.database,
        request_id=request_id,
        approve=body.decision == "approve",
        for_everybody=body.for_everybody,
        by_user=administrator.user.id,
        now=web.clock.now(),
        context=web.request_context(request),
    )
    if decided is None:
        raise NotFound
    web.server.clients.forget_rules()
    return DecidedAnswer(subject=decided.subject, decision=body.decision, for_everybody=body.for_everybody)
