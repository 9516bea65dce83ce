"""Issues an authorization code with its Authorization: the record of one decision."""

import secrets
from dataclasses import dataclass
from datetime import datetime

from doorward.audit import AuditEvent, AuditTag, RequestContext
from doorward.kit.secrets import TokenPrefix, digest, new_token
from doorward.oauth.authorization_request import AuthorizationRequest
from doorward.oauth.errors import AccessDenied
from doorward.oauth.interaction import AlreadyConnected, Redirect, SignedInUser
from doorward.oauth.ports import OAuthStores
from doorward.oauth.records import Authorization, AuthorizationCode, ClientOrigin, Consent
from doorward.oauth.redirect_uri import redirect_host
from doorward.oauth.server import Server
from doorward.oauth.tokens.refresh_token import AUTHORIZATION_ID_BYTES

_TRIES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """A user allowed a request."""

    request: AuthorizationRequest
    user: SignedInUser
    interaction_id: str
    now: datetime
    context: RequestContext


def issue_code(server: Server, decision: Decision) -> Redirect | AlreadyConnected:
    """Record the decision and issue its code, in one transaction.

    The same interaction again issues a new code for the same Authorization and kills the unredeemed one;
    once it was redeemed, there is nothing more to issue.

    Raises:
        AccessDenied: the user was disabled meanwhile.
    """
    code = new_token(TokenPrefix.CODE)
    for _ in range(_TRIES):
        try:
            issued = server.database.write(lambda stores: _record(server, stores, decision, code.reveal()))
        except ValueError:  # a racing click of the same form was first
            continue
        except LookupError:
            raise AccessDenied(reason="user_disabled") from None
        target = decision.request.target
        if issued:
            return Redirect(location=target.with_code(code.reveal()), code=code.reveal())
        return AlreadyConnected(client=target.introduction())
    raise RuntimeError("an interaction kept changing")


def _record(server: Server, stores: OAuthStores, decision: Decision, code: str) -> bool:
    authorization = stores.authorizations.find_by_interaction(decision.interaction_id)
    if authorization is None:
        authorization = _new_authorization(server, decision)
        stores.authorizations.add(authorization)
        _remember(stores, decision)
        stores.audit.add(
            AuditEvent(
                tag=AuditTag.AUTHORIZATION_GRANTED,
                at=decision.now,
                user_id=decision.user.user_id,
                client_id=authorization.client_id,
                authorization=authorization.public_id,
                context=decision.context,
                detail={"scope": str(authorization.scope), "resource": authorization.resource},
            )
        )
    elif authorization.revoked_at is not None or not stores.codes.void_unredeemed(authorization.id, at=decision.now):
        return False
    stores.codes.add(_new_code(server, decision, authorization, code))
    return True


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
        expires_at=now + server.policy.authorization_lifetime,
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
    request, client = decision.request, decision.request.target.client
    if client.origin is not ClientOrigin.STATELESS:
        stores.clients.touch(client.client_id, decision.now)
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
