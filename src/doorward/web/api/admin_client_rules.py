"""Which clients people may connect, for administrators: rules about agents, hosts, schemes and client ids."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel

from doorward.oauth.block_subject import InvalidBlockSubject
from doorward.oauth.records import EVERYBODY, Verdict
from doorward.operations.find_user_by_email import find_user_by_email
from doorward.operations.list_client_rules import list_client_rules
from doorward.operations.remove_client_rule import remove_client_rule
from doorward.operations.set_client_rule import set_client_rule
from doorward.web.api.current_user import ComposedServer, CurrentAdministrator
from doorward.web.api.errors import MalformedRequest, NotFound
from doorward.web.api.json_body import Body, body_of, request_body
from doorward.web.context import Web

router = APIRouter(prefix="/api/admin/client-rules", tags=["administration: client rules"])

_SUBJECT = "subject must be a known agent, a client id, a host such as app.example.com or a scheme such as cursor:"


class RuleBody(Body):
    """A rule: for the person with the e-mail address `user`, or for everybody."""

    subject: str
    rule: Literal["allow", "ask", "deny"]
    user: str | None = None


class RuleAnswer(BaseModel):
    """What holds, for whom, and since when."""

    subject: str
    rule: str
    user: str | None
    created_at: datetime


class NewRuleAnswer(BaseModel):
    """What was understood and holds now, and how many connections that ended."""

    subject: str
    kind: str
    rule: str
    user: str | None
    connections_ended: int


class RulesAnswer(BaseModel):
    """Every rule, the oldest first, and what holds for a client that none speaks of."""

    default: str
    rules: list[RuleAnswer]


@router.get("")
async def list_all(web: ComposedServer, _administrator: CurrentAdministrator) -> RulesAnswer:
    """The rules about clients."""
    found = await web.run(list_client_rules, web.database)
    rules = [
        RuleAnswer(subject=rule.subject, rule=rule.verdict.value, user=email, created_at=rule.created_at)
        for rule, email in found
    ]
    return RulesAnswer(default=web.server.clients.default.value, rules=rules)


@router.post("", status_code=201, openapi_extra=request_body(RuleBody))
async def make(
    request: Request,
    web: ComposedServer,
    administrator: CurrentAdministrator,
    body: Annotated[RuleBody, Depends(body_of(RuleBody))],
) -> NewRuleAnswer:
    """Make a rule, in the place of the one about the same subject and person; `deny` ends connections."""
    if "\0" in body.subject:
        raise MalformedRequest(_SUBJECT)
    try:
        made = await web.run(
            set_client_rule,
            web.database,
            subject=body.subject,
            verdict=Verdict(body.rule),
            user_id=await _whose(web, body.user),
            known=web.server.clients.known,
            by_user=administrator.user.id,
            now=web.clock.now(),
            context=web.request_context(request),
        )
    except InvalidBlockSubject:
        raise MalformedRequest(_SUBJECT) from None
    web.server.clients.forget_rules()
    return NewRuleAnswer(
        subject=made.subject.name,
        kind=made.subject.kind.value,
        rule=body.rule,
        user=body.user,
        connections_ended=made.authorizations,
    )


@router.delete("", status_code=204)
async def remove(
    request: Request,
    web: ComposedServer,
    administrator: CurrentAdministrator,
    subject: str = "",
    user: str | None = None,
) -> Response:
    """Remove the rule about the parameter `subject`, for `user` or for everybody; what it had ended stays ended."""
    removed = await web.run(
        remove_client_rule,
        web.database,
        subject=subject,
        user_id=await _whose(web, user),
        known=web.server.clients.known,
        by_user=administrator.user.id,
        now=web.clock.now(),
        context=web.request_context(request),
    )
    if removed is None:
        raise NotFound
    web.server.clients.forget_rules()
    return Response(status_code=204)


async def _whose(web: Web, email: str | None) -> str:
    """The id of the person a rule is for."""
    if email is None:
        return EVERYBODY
    user = await web.run(find_user_by_email, web.database, email=email)
    if user is None:
        raise MalformedRequest("user must be the e-mail address of an account")
    return user.id
