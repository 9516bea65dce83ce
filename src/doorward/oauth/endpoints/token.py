"""The token endpoint (RFC 6749 §3.2)."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from doorward.audit import AuditEvent, AuditTag, RequestContext
from doorward.oauth.bounded_audit import log_event
from doorward.oauth.client_authentication import authenticate_client
from doorward.oauth.errors import (
    InvalidClient,
    InvalidGrant,
    OAuthError,
    ReplayDetected,
    UnauthorizedClient,
    UnsupportedGrantType,
)
from doorward.oauth.grant import AnyGrant, Granted, TokenRequest
from doorward.oauth.grants.authorization_code import GuessedCode
from doorward.oauth.params import Params
from doorward.oauth.ports import Claim, CodeClaim, OAuthStores, Redeemed
from doorward.oauth.records import Client
from doorward.oauth.server import Server

_REFUSAL_TAGS = {"authorization_code": AuditTag.CODE_REFUSED, "refresh_token": AuditTag.REFRESH_TOKEN_REFUSED}


@dataclass(frozen=True, slots=True)
class Prepared:
    """A token request of an authenticated client, up to the one statement that decides."""

    request: TokenRequest
    grant: AnyGrant
    claim: Claim


def exchange(
    server: Server,
    params: Params,
    headers: Iterable[tuple[bytes, bytes]],
    *,
    now: datetime,
    context: RequestContext,
) -> dict[str, object]:
    """Exchange an authorization grant for tokens: the members of the token response (RFC 6749 §5.1); blocks.

    Raises:
        OAuthError: the error response (RFC 6749 §5.2); then nothing was consumed,
            unless a replay ended its Authorization.
    """
    try:
        prepared = prepare(server, params, headers, now=now, context=context)
    except OAuthError as error:
        raise refusal(server, error, params, now=now, context=context) from None
    path, claim = server.grant_tools.token_path, prepared.claim
    redeemed = path.redeem_code(claim, now) if isinstance(claim, CodeClaim) else path.rotate_refresh_token(claim, now)
    return settle(server, prepared, redeemed) if redeemed is not None else refuse(server, prepared)


def prepare(
    server: Server,
    params: Params,
    headers: Iterable[tuple[bytes, bytes]],
    *,
    now: datetime,
    context: RequestContext,
) -> Prepared:
    """Authenticate the client and read its claim; looks up nothing but clients.

    Raises:
        OAuthError: with the client it concerns, once that is known; `refusal` says what to answer.
    """
    params.refuse_repeated()
    credentials = server.credentials(params, headers, now)
    authenticated = authenticate_client(server.client_auth_methods, credentials, server.clients)
    client, assertion = authenticated.client, authenticated.assertion
    try:
        grant = _require_grant(server.grants, params.require("grant_type"), client)
        request = TokenRequest(params=params, client=client, now=now, context=context)
        claim = grant.claim(request, server.grant_tools)
        return Prepared(request, grant, claim if assertion is None else replace(claim, assertion=assertion))
    except OAuthError as error:
        error.client_id, error.assertion = client.client_id, assertion
        raise


def settle(server: Server, prepared: Prepared, redeemed: Redeemed) -> dict[str, object]:
    """Issue the tokens of an accepted claim; no transaction is open, and nothing is looked up."""
    return _issue(server, prepared, prepared.grant.granted(prepared.claim, redeemed))


def refuse(server: Server, prepared: Prepared) -> dict[str, object]:
    """Name why a claim was not accepted, react to it, and record it; blocks.

    Raises:
        OAuthError: the reason, unless asking once more was the answer.
    """
    request = prepared.request
    try:
        granted = prepared.grant.refused(request, prepared.claim, server.grant_tools)
    except OAuthError as error:
        error.client_id, error.assertion = request.client.client_id, prepared.claim.assertion
        raise refusal(server, error, request.params, now=request.now, context=request.context) from None
    return _issue(server, prepared, granted)


def _issue(server: Server, prepared: Prepared, granted: Granted) -> dict[str, object]:
    request = prepared.request
    return server.tokens.issue(granted.redeemed, granted.scope, request.client, request.now)


def _require_grant(grants: Iterable[AnyGrant], grant_type: str, client: Client) -> AnyGrant:
    grant = next((grant for grant in grants if grant.grant_type == grant_type), None)
    if grant is None:
        raise UnsupportedGrantType
    if grant_type not in client.grant_types:
        raise UnauthorizedClient
    return grant


def refusal(server: Server, error: OAuthError, params: Params, *, now: datetime, context: RequestContext) -> OAuthError:
    """React to a refusal and record it; what to answer in the end; blocks.

    Nothing a replayed assertion asks for is reacted to: it proves nothing any more.
    """
    if error.assertion is not None:
        try:
            server.refused_assertions.use_up(error.assertion, now)
        except OAuthError as replayed:
            replayed.client_id = error.client_id
            error = replayed
    if isinstance(error, ReplayDetected):
        _end_replayed(server, error, now, context)
    else:
        _record(server, error, params, now, context)
    return error


def _end_replayed(server: Server, replay: ReplayDetected, now: datetime, context: RequestContext) -> None:
    """Revoke the Authorization of a replayed credential, in a transaction that outlives the failed request."""
    authorization = server.grant_tools.token_path.explain_refresh_token(replay.authorization_id)
    if authorization is None:
        return
    replayed = AuditEvent(
        tag=replay.tag,
        at=now,
        user_id=authorization.user_id,
        client_id=replay.client_id,
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


def _record(server: Server, error: OAuthError, params: Params, now: datetime, context: RequestContext) -> None:
    """Write a refusal down, and count it against a code that was guessed at."""
    if isinstance(error, InvalidClient):
        tag = AuditTag.CLIENT_AUTHENTICATION_FAILED
    elif isinstance(error, InvalidGrant) and error.client_id is not None:
        tag = _REFUSAL_TAGS[params.require("grant_type")]
    else:
        return
    event = AuditEvent(
        tag=tag,
        at=now,
        client_id=error.client_id,
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
