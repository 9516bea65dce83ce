"""The token response (RFC 6749 §5.1)."""

from dataclasses import dataclass
from datetime import datetime

from doorward.oauth.allowed_scope import allowed_scope
from doorward.oauth.errors import InvalidGrant
from doorward.oauth.policy import Policy
from doorward.oauth.ports import Redeemed
from doorward.oauth.protected_resource import TokenFormat
from doorward.oauth.records import Client
from doorward.oauth.scope import Scope
from doorward.oauth.tokens.access_token import Sign, access_token_claims, access_token_expiry
from doorward.oauth.tokens.opaque import OpaqueTokens
from doorward.oauth.tokens.refresh_token import RefreshTokens


@dataclass(frozen=True, slots=True)
class TokenIssuer:
    """Makes the token response of what a grant allowed; it touches no database."""

    policy: Policy
    refresh_tokens: RefreshTokens
    opaque_tokens: OpaqueTokens
    sign: Sign

    def issue(self, redeemed: Redeemed, scope: Scope, client: Client, now: datetime) -> dict[str, object]:
        """The members of the token response; clients without the refresh_token grant get no refresh token.

        What the client or the resource lost since the decision is left out of the scope (RFC 6749 §5.1 `scope`).

        Raises:
            InvalidGrant: the resource does not exist any more, or nothing of the scope is allowed there any more.
        """
        resource = self.policy.resource_of(redeemed.resource)
        if resource is None:
            raise InvalidGrant(reason="resource_deleted")
        scope = scope.within(allowed_scope(client, resource))
        if not scope.within(resource.known_scope):
            raise InvalidGrant(reason="scope_not_allowed")
        lifetime = self.policy.access_token_lifetime_at(resource)
        claims = access_token_claims(self.policy.issuer, lifetime, redeemed, scope, now)
        is_opaque = resource.token_format is TokenFormat.OPAQUE
        expires_at = access_token_expiry(lifetime, redeemed, now)
        response: dict[str, object] = {
            "access_token": self.opaque_tokens.seal(claims) if is_opaque else self.sign(claims),
            "token_type": "Bearer",
            "expires_in": max(0, int(expires_at.timestamp()) - int(now.timestamp())),
            "scope": str(scope),
        }
        if "refresh_token" in client.grant_types:
            token = self.refresh_tokens.derive(redeemed.authorization_id, redeemed.generation)
            response["refresh_token"] = token.reveal()
        return response
