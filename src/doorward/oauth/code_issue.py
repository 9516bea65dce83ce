"""Issues an authorization code with its Authorization: the record of one decision."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from doorward.audit import AuditEvent, AuditTag, RequestContext
from doorward.kit.secrets import TokenPrefix, digest, new_token
from doorward.oauth.authorization_request import AuthorizationRequest
from doorward.oauth.changed_clients import ClientChanged
from doorward.oauth.client_changes import facts_of
from doorward.oauth.connected import scope_of
from doorward.oauth.errors import AccessDenied
from doorward.oauth.interaction import AlreadyConnected, Redirect, Refused, SignedInUser
from doorward.oauth.ports import OAuthStores
from doorward.oauth.records import Authorization, AuthorizationCode, ClientOrigin, Consent, DeclinedScope
from doorward.oauth.redirect_uri import redirect_host
from doorward.oauth.scope import Scope
from doorward.oauth.server import Server
from doorward.oauth.tokens.refresh_token import AUTHORIZATION_ID_BYTES

DECLINED_LIFETIME = timedelta(hours=24)
"""For so long a call that needs what was declined ends in a plain error, not in another question (interop R21)."""
_TRIES = 3
_USED_UP = Refused(
    status=400,
    error="access_denied",
    title="This form was used before",
    text="What it allowed was ended since, and a form counts once.",
    help=("Go back to the application you came from and connect again.",),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """A user allowed a request."""

    request: AuthorizationRequest
    user: SignedInUser
    interaction_id: str
    now: datetime
    context: RequestContext
    was_asked: bool = True
    """Whether the person was; otherwise what was remembered stands as it is."""


class Outcome(StrEnum):
    """What came of a decision."""

    ISSUED = "issued"
    REDEEMED = "redeemed"
    """Its code was exchanged before: the client is connected."""
    ENDED = "ended"
    """What it had allowed was ended since."""


def issue_code(server: Server, decision: Decision) -> Redirect | AlreadyConnected | Refused:
    """Record the decision and issue its code, in one transaction.

    The same interaction again issues a new code for the same Authorization and kills the unredeemed one;
    once it was redeemed or ended, there is nothing more to issue.

    Raises:
        AccessDenied: the user was disabled meanwhile.
        ClientChanged: the client was changed, deleted or blocked meanwhile, by whatever process.
    """
    code = new_token(TokenPrefix.CODE)
    for _ in range(_TRIES):
        try:
            outcome = server.database.write(lambda stores: _record(server, stores, decision, code.reveal()))
        except ValueError:  # a racing click of the same form was first
            continue
        except LookupError:
            raise AccessDenied(reason="user_disabled") from None
        target = decision.request.target
        match outcome:
            case Outcome.ISSUED:
                return Redirect(location=target.with_code(code.reveal()), code=code.reveal())
            case Outcome.REDEEMED:
                return AlreadyConnected(client=target.introduction())
            case Outcome.ENDED:
                return _USED_UP
    raise RuntimeError("an interaction kept changing")


def withdraw(server: Server, decision: Decision) -> Sequence[Authorization]:
    """Record a refusal, end what the same form allowed before, and return what stays connected."""

    def unit(stores: OAuthStores) -> Sequence[Authorization]:
        authorization = stores.authorizations.find_by_interaction(decision.interaction_id)
        if authorization is not None:
            stores.codes.void_unredeemed(authorization.id, at=decision.now)
            if stores.authorizations.revoke(authorization.id, at=decision.now, reason="denied"):
                stores.audit.add(_event(AuditTag.AUTHORIZATION_REVOKED, decision, authorization, reason="denied"))
        client_id, resource = decision.request.target.client.client_id, decision.request.resource.identifier
        live = stores.authorizations.list_live(decision.user.user_id, client_id, resource, decision.now)
        detail = {"scope": str(declined)} if (declined := _remember_declined(stores, decision, live)) else {}
        stores.audit.add(_event(AuditTag.AUTHORIZATION_DENIED, decision, authorization, **detail))
        return live

    return server.database.write(unit)


def _record(server: Server, stores: OAuthStores, decision: Decision, code: str) -> Outcome:
    authorization = stores.authorizations.find_by_interaction(decision.interaction_id)
    if authorization is not None and authorization.revoked_at is not None:
        return Outcome.ENDED
    target = decision.request.target
    if not server.clients.is_live(stores, target.client, target.redirect_uri, decision.user.user_id):
        raise ClientChanged(target.client)
    if authorization is None:
        authorization = _new_authorization(server, decision)
        stores.authorizations.add(authorization)
        server.clients.connected(stores, target.client, decision.now)
        stores.declined_scopes.forget(authorization.user_id, authorization.client_id, authorization.resource)
        _remember(stores, decision)
        detail = {"scope": str(authorization.scope), "resource": authorization.resource}
        detail |= {"agent": authorization.agent} if authorization.agent is not None else {}
        stores.audit.add(_event(AuditTag.AUTHORIZATION_GRANTED, decision, authorization, **detail))
    elif not stores.codes.void_unredeemed(authorization.id, at=decision.now):
        return Outcome.REDEEMED
    stores.codes.add(_new_code(server, decision, authorization, code))
    return Outcome.ISSUED


def _remember_declined(stores: OAuthStores, decision: Decision, live: Sequence[Authorization]) -> Scope:
    """Keep what a connected client asked for in vain on top of what it has (interop R21)."""
    request, user_id, now = decision.request, decision.user.user_id, decision.now
    client_id, resource = request.target.client.client_id, request.resource
    held = resource.expand(scope_of(live))
    declined = Scope(tuple(token for token in request.scope.within(resource.known_scope) if token not in held))
    if not live or not declined:
        return Scope()
    before = stores.declined_scopes.find(user_id, client_id, resource.identifier)
    earlier = before.scope if before is not None and before.expires_at > now else Scope()
    stores.declined_scopes.remember(
        DeclinedScope(
            user_id=user_id,
            client_id=client_id,
            resource=resource.identifier,
            scope=Scope.of((*earlier, *declined)),
            declined_at=now,
            expires_at=now + DECLINED_LIFETIME,
        )
    )
    return declined


def _event(tag: AuditTag, decision: Decision, authorization: Authorization | None, **detail: str) -> AuditEvent:
    return AuditEvent(
        tag=tag,
        at=decision.now,
        user_id=decision.user.user_id,
        client_id=decision.request.target.client.client_id,
        authorization=authorization.public_id if authorization is not None else None,
        context=decision.context,
        detail=detail,
    )


def _new_authorization(server: Server, decision: Decision) -> Authorization:
    request, now = decision.request, decision.now
    return Authorization(
        id=secrets.token_bytes(AUTHORIZATION_ID_BYTES),
        public_id=secrets.token_urlsafe(16),
        interaction_id=decision.interaction_id,
        user_id=decision.user.user_id,
        client_id=request.target.client.client_id,
        client_name=request.target.client.client_name,
        redirect_uri=request.target.redirect_uri,
        scope=request.scope,
        resource=request.resource.identifier,
        auth_time=decision.user.auth_time,
        created_at=now,
        expires_at=now + server.policy.authorization_lifetime_at(request.resource),
        shown_client=facts_of(request.target.client),
        agent=request.target.identity.agent.id if request.target.identity is not None else None,
    )


def _new_code(server: Server, decision: Decision, authorization: Authorization, code: str) -> AuthorizationCode:
    return AuthorizationCode(
        code_hash=digest(code),
        authorization_id=authorization.id,
        client_id=authorization.client_id,
        redirect_uri=authorization.redirect_uri,
        code_challenge=decision.request.code_challenge,
        resource=authorization.resource,
        created_at=decision.now,
        expires_at=decision.now + server.policy.authorization_code_lifetime,
    )


def _remember(stores: OAuthStores, decision: Decision) -> None:
    """Keep what may spare the person the question next time, which only an operator's client can do."""
    request, client = decision.request, decision.request.target.client
    if client.origin is not ClientOrigin.OPERATOR or not decision.was_asked:
        return
    stores.consents.remember(
        Consent(
            user_id=decision.user.user_id,
            client_id=client.client_id,
            redirect_host=redirect_host(request.target.redirect_uri),
            resource=request.resource.identifier,
            scope=request.scope,
            granted_at=decision.now,
        )
    )
