"""The token endpoint (RFC 6749 §3.2)."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from doorward.audit import AuditEvent, AuditTag, RequestContext
from doorward.oauth.bounded_audit import log_event
from doorward.oauth.client_authentication import Credentials, authenticate_client
from doorward.oauth.errors import (
    InvalidClient,
    InvalidGrant,
    OAuthError,
    ReplayDetected,
    UnauthorizedClient,
    UnsupportedGrantType,
)
from doorward.oauth.grant import Grant, TokenRequest
from doorward.oauth.grants.authorization_code import GuessedCode
from doorward.oauth.params import Params
from doorward.oauth.ports import OAuthStores
from doorward.oauth.records import Client
from doorward.oauth.server import Server

_REFUSAL_TAGS = {"authorization_code": AuditTag.CODE_REFUSED, "refresh_token": AuditTag.REFRESH_TOKEN_REFUSED}


def exchange(
    server: Server,
    params: Params,
    headers: Iterable[tuple[bytes, bytes]],
    *,
    now: datetime,
    context: RequestContext,
) -> dict[str, object]:
    """Exchange an authorization grant for tokens: the members of the token response (RFC 6749 §5.1).

    Raises:
        OAuthError: the error response (RFC 6749 §5.2); then nothing was consumed,
            unless a replay ended its Authorization.
    """
    client: Client | None = None
    try:
        params.refuse_repeated()
        credentials = Credentials.read(params, headers)
        client = authenticate_client(server.client_auth_methods, credentials, server.clients, now)
        grant = _require_grant(server.grants, params.require("grant_type"), client)
        request = TokenRequest(params=params, client=client, now=now, context=context)
        granted = grant.exchange(request, server.grant_tools)
    except ReplayDetected as replay:
        _end_replayed(server, replay, client, now=now, context=context)
        raise
    except OAuthError as error:
        _record_refusal(server, error, params, client, now=now, context=context)
        raise
    return server.tokens.issue(granted.redeemed, granted.scope, client, now)


def _require_grant(grants: Iterable[Grant], grant_type: str, client: Client) -> Grant:
    grant = next((grant for grant in grants if grant.grant_type == grant_type), None)
    if grant is None:
        raise UnsupportedGrantType
    if grant_type not in client.grant_types:
        raise UnauthorizedClient
    return grant


def _end_replayed(
    server: Server, replay: ReplayDetected, client: Client | None, *, now: datetime, context: RequestContext
) -> None:
    """Revoke the Authorization of a replayed credential, in a transaction that outlives the failed request."""
    authorization = server.grant_tools.token_path.explain_refresh_token(replay.authorization_id)
    if authorization is None:
        return
    replayed = AuditEvent(
        tag=replay.tag,
        at=now,
        user_id=authorization.user_id,
        client_id=client.client_id if client is not None else None,
        authorization=authorization.public_id,
        context=context,
    )
    revoked = replace(replayed, tag=AuditTag.AUTHORIZATION_REVOKED, detail={"reason": str(replay.tag)})

    def revoke(stores: OAuthStores) -> bool:
        if not stores.authorizations.revoke(replay.authorization_id, at=now, reason=replay.tag):
            return False
        stores.audit.add(replayed)
        stores.audit.add(revoked)
        return True

    if server.database.write(revoke):
        log_event(replayed)
    else:  # it had ended before, and can be replayed as often as anybody likes
        server.bounded_audit.record(replayed)


def _record_refusal(
    server: Server, error: OAuthError, params: Params, client: Client | None, *, now: datetime, context: RequestContext
) -> None:
    if isinstance(error, InvalidClient):
        tag = AuditTag.CLIENT_AUTHENTICATION_FAILED
    elif isinstance(error, InvalidGrant) and client is not None:
        tag = _REFUSAL_TAGS[params.require("grant_type")]
    else:
        return
    event = AuditEvent(
        tag=tag,
        at=now,
        client_id=client.client_id if client is not None else None,
        context=context,
        detail={"reason": error.reason},
    )
    if not isinstance(error, GuessedCode):
        server.bounded_audit.record(event)
        return

    def count(stores: OAuthStores) -> None:
        stores.codes.count_failure(error.code_hash)
        stores.audit.add(event)

    server.database.write(count)
    log_event(event)
