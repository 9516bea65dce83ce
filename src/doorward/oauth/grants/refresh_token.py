"""The refresh token grant with rotation and reuse detection (RFC 6749 §6, RFC 9700 §4.14)."""

from dataclasses import replace
from datetime import datetime

from doorward.audit import AuditTag
from doorward.oauth.errors import InvalidGrant, InvalidScope, InvalidTarget, OAuthError, ReplayDetected
from doorward.oauth.grant import Granted, GrantTools, TokenRequest
from doorward.oauth.policy import Policy
from doorward.oauth.ports import Redeemed, RefreshClaim
from doorward.oauth.records import Authorization
from doorward.oauth.resource import choose_resource
from doorward.oauth.scope import MalformedScope, Scope


class RefreshTokenGrant:
    """`refresh_token`."""

    grant_type = "refresh_token"
    self_assignable = True

    def claim(self, request: TokenRequest, tools: GrantTools) -> RefreshClaim:
        """Read the refresh token, whose MAC must be right, and what is asked with it.

        Raises:
            InvalidRequest, InvalidGrant, InvalidTarget, InvalidScope: something is missing, forged or malformed.
        """
        token = tools.refresh_tokens.read(request.params.require("refresh_token"))
        if token is None:
            raise InvalidGrant(reason="refresh_token_forged")
        resources = request.params.every("resource")
        return RefreshClaim(
            authorization_id=token.authorization_id,
            generation=token.generation,
            client_id=request.client.client_id,
            resource=choose_resource(tools.policy, resources).identifier if resources else None,
            scope=_requested_scope(request, tools),
            retry_window=tools.policy.refresh_retry_window,
            idle_lifetime=tools.policy.refresh_token_idle_lifetime,
            context=request.context,
        )

    def granted(self, claim: RefreshClaim, redeemed: Redeemed) -> Granted:
        """The scope asked for, or the whole one."""
        return Granted(redeemed=redeemed, scope=claim.scope or redeemed.scope)

    def refused(self, request: TokenRequest, claim: RefreshClaim, tools: GrantTools) -> Granted:
        """Grant a narrower scope, or name the reason; nothing is touched unless everything else is right.

        Raises:
            InvalidGrant, InvalidTarget, InvalidScope: the reason.
            ReplayDetected: an older token came back; the Authorization must end.
        """
        path, scope, now = tools.token_path, claim.scope, request.now
        authorization = path.explain_refresh_token(claim.authorization_id)
        if authorization is None:
            raise InvalidGrant(reason="authorization_unknown")
        if scope is not None and scope != authorization.scope and _is_granted(tools.policy, authorization, scope):
            # The granted scope never changes, so what was just read can be required of the row.
            redeemed = path.rotate_refresh_token(replace(claim, scope=authorization.scope), now)
            if redeemed is not None:
                return Granted(redeemed=redeemed, scope=scope)
            authorization = path.explain_refresh_token(claim.authorization_id) or authorization
        raise _failure(tools.policy, claim, authorization, now)


def _requested_scope(request: TokenRequest, tools: GrantTools) -> Scope | None:
    """The scope asked for, without tokens this server does not know; None when that leaves nothing."""
    text = request.params.get("scope")
    if text is None:
        return None
    try:
        scope = Scope.parse(text)
    except MalformedScope:
        raise InvalidScope(reason="scope_malformed") from None
    return scope.within(tools.policy.known_scope) or None


def _is_granted(policy: Policy, authorization: Authorization, scope: Scope) -> bool:
    """Whether the scope is within the granted one, or included in it."""
    resource = policy.resource_of(authorization.resource)
    return authorization.scope.covers(scope) if resource is None else resource.covers(authorization.scope, scope)


def _failure(policy: Policy, claim: RefreshClaim, authorization: Authorization, now: datetime) -> OAuthError:
    """Name why a refresh was refused; everything a failure must not reveal or touch comes before the generations."""
    if authorization.client_id != claim.client_id:
        return InvalidGrant(reason="issued_to_another_client")
    if claim.resource is not None and claim.resource != authorization.resource:
        return InvalidTarget(reason="resource_not_granted")
    if claim.scope is not None and not _is_granted(policy, authorization, claim.scope):
        return InvalidScope(reason="scope_not_granted")
    if authorization.revoked_at is not None:
        return InvalidGrant(reason="authorization_revoked")
    used_at = authorization.last_used_at
    if authorization.expires_at <= now or used_at is None or used_at + claim.idle_lifetime <= now:
        return InvalidGrant(reason="authorization_expired")
    if claim.generation > authorization.refresh_current:
        return InvalidGrant(reason="refresh_token_ahead")
    if claim.generation in (authorization.refresh_current, authorization.refresh_predecessor):
        return InvalidGrant(reason="refresh_token_changed_meanwhile")
    return ReplayDetected(authorization.id, tag=AuditTag.REFRESH_TOKEN_REUSED)
