"""The token response (RFC 6749 §5.1)."""

from dataclasses import dataclass
from datetime import datetime

from doorward.oauth.policy import Policy
from doorward.oauth.ports import Redeemed
from doorward.oauth.records import Client
from doorward.oauth.scope import Scope
from doorward.oauth.tokens.access_token import Sign, access_token_expiry, issue_access_token
from doorward.oauth.tokens.refresh_token import RefreshTokens


@dataclass(frozen=True, slots=True)
class TokenIssuer:
    """Makes the token response of what a grant allowed; it touches no database."""

    policy: Policy
    refresh_tokens: RefreshTokens
    sign: Sign

    def issue(self, redeemed: Redeemed, scope: Scope, client: Client, now: datetime) -> dict[str, object]:
        """The members of the token response; clients without the refresh_token grant get no refresh token."""
        expires_at = access_token_expiry(self.policy, redeemed, now)
        response: dict[str, object] = {
            "access_token": issue_access_token(self.policy, redeemed, scope, now, self.sign).reveal(),
            "token_type": "Bearer",
            "expires_in": max(0, int(expires_at.timestamp()) - int(now.timestamp())),
            "scope": str(scope),
        }
        if "refresh_token" in client.grant_types:
            token = self.refresh_tokens.derive(redeemed.authorization_id, redeemed.generation)
            response["refresh_token"] = token.reveal()
        return response
