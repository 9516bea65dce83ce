"""The interface of a grant type."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, TypeVar

from doorward.audit import RequestContext
from doorward.oauth.params import Params
from doorward.oauth.policy import Policy
from doorward.oauth.ports import Claim, Redeemed, TokenPath
from doorward.oauth.records import Client
from doorward.oauth.scope import Scope
from doorward.oauth.tokens.refresh_token import RefreshTokens

C = TypeVar("C", bound=Claim)


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRequest:
    """A token request whose client is authenticated."""

    params: Params
    client: Client
    now: datetime
    context: RequestContext


@dataclass(frozen=True, slots=True, kw_only=True)
class Granted:
    """What a grant type allows: tokens are issued from it once no transaction is open."""

    redeemed: Redeemed
    scope: Scope
    """The scope of this access token, within the Authorization's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantTools:
    """What a grant type works with."""

    policy: Policy
    token_path: TokenPath
    refresh_tokens: RefreshTokens


class Grant(Protocol[C]):
    """One grant type; `grant_type` is its wire name (RFC 6749 §4)."""

    grant_type: str
    self_assignable: bool
    """Whether a client that registers itself may have it."""

    def claim(self, request: TokenRequest, tools: GrantTools) -> C:
        """What the request asks of the token path; looks nothing up. Raises OAuthError."""
        ...

    def granted(self, claim: C, redeemed: Redeemed) -> Granted:
        """What an accepted claim gives."""
        ...

    def refused(self, request: TokenRequest, claim: C, tools: GrantTools) -> Granted:
        """Name why the token path accepted nothing, or ask it once more; blocks. Raises OAuthError."""
        ...


AnyGrant = Grant[Any]  # Any: each grant type reads claims of its own kind, and is handed nothing else
