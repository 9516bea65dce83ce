"""The authorization code grant (RFC 6749 §4.1.3, RFC 7636)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from doorward.audit import AuditTag
from doorward.kit.secrets import digest, same
from doorward.oauth.errors import InvalidGrant, InvalidTarget, OAuthError, ReplayDetected
from doorward.oauth.grant import Granted, GrantTools, TokenRequest
from doorward.oauth.pkce import challenge_of
from doorward.oauth.ports import MAX_FAILED_REDEMPTIONS, CodeClaim, Redeemed
from doorward.oauth.records import Authorization, AuthorizationCode
from doorward.oauth.resource import choose_resource


@dataclass(frozen=True, slots=True)
class Attempt:
    """A code, the claim on it and the time: what the checks look at."""

    code: AuthorizationCode
    authorization: Authorization
    claim: CodeClaim
    now: datetime


def issued_to_client(at: Attempt) -> bool:
    """The code is this client's (RFC 6749 §4.1.3)."""
    return at.code.client_id == at.claim.client_id


def few_failures(at: Attempt) -> bool:
    """It was not guessed at too often (RFC 6819 §4.4.1.3)."""
    return at.code.failed_attempts < MAX_FAILED_REDEMPTIONS


def same_redirect_uri(at: Attempt) -> bool:
    """The redirect URI, when named, is the one of the authorization request (RFC 6749 §4.1.3)."""
    return at.claim.redirect_uri is None or at.claim.redirect_uri == at.code.redirect_uri


def pkce_verified(at: Attempt) -> bool:
    """The verifier belongs to the challenge (RFC 7636 §4.6)."""
    return same(at.claim.code_challenge, at.code.code_challenge)


def same_resource(at: Attempt) -> bool:
    """The resource, when named, is the granted one (RFC 8707 §2.2)."""
    return at.claim.resource is None or at.claim.resource == at.code.resource


def not_consumed(at: Attempt) -> bool:
    """It was not redeemed before (RFC 6749 §4.1.2)."""
    return at.code.consumed_at is None


def not_voided(at: Attempt) -> bool:
    """No newer code replaced it."""
    return at.code.voided_at is None


def not_expired(at: Attempt) -> bool:
    """Its lifetime is not over (RFC 6749 §4.1.2)."""
    return at.now < at.code.expires_at


def authorization_alive(at: Attempt) -> bool:
    """Nobody revoked the Authorization in between."""
    return at.authorization.revoked_at is None


Check = Callable[[Attempt], bool]
CHECKS: tuple[tuple[Check, type[OAuthError]], ...] = (  # proof of possession before anything a stranger could probe
    (issued_to_client, InvalidGrant),
    (few_failures, InvalidGrant),
    (same_redirect_uri, InvalidGrant),
    (pkce_verified, InvalidGrant),
    (same_resource, InvalidTarget),
    (not_consumed, ReplayDetected),
    (not_voided, InvalidGrant),
    (not_expired, InvalidGrant),
    (authorization_alive, InvalidGrant),
)
COUNTED: tuple[Check, ...] = (same_redirect_uri, pkce_verified)
"""The failures that count towards killing the code."""


class GuessedCode(InvalidGrant):
    """The right client presented a wrong verifier or redirect URI; it counts against the code."""

    def __init__(self, code_hash: bytes, *, reason: str) -> None:
        super().__init__(reason=reason)
        self.code_hash = code_hash


class AuthorizationCodeGrant:
    """`authorization_code`."""

    grant_type = "authorization_code"
    self_assignable = True

    def claim(self, request: TokenRequest, tools: GrantTools) -> CodeClaim:
        """Read the code and everything it is bound to.

        Raises:
            InvalidRequest, InvalidGrant, InvalidTarget: something is missing or malformed.
        """
        params = request.params
        code = params.require("code")
        resources = params.every("resource")
        return CodeClaim(
            code_hash=digest(code),
            client_id=request.client.client_id,
            redirect_uri=params.get("redirect_uri"),
            code_challenge=challenge_of(params.get("code_verifier")),
            resource=choose_resource(tools.policy, resources).identifier if resources else None,
            context=request.context,
        )

    def granted(self, claim: CodeClaim, redeemed: Redeemed) -> Granted:
        """The whole scope of the Authorization."""
        return Granted(redeemed=redeemed, scope=redeemed.scope)

    def refused(self, request: TokenRequest, claim: CodeClaim, tools: GrantTools) -> Granted:
        """Raise the first check that fails: redemption succeeds if and only if every check passes."""
        raise _first_failure(claim, tools, request.now)


def _first_failure(claim: CodeClaim, tools: GrantTools, now: datetime) -> OAuthError:
    found = tools.token_path.explain_code(claim.code_hash)
    if found is None:
        return InvalidGrant(reason="code_unknown")
    at = Attempt(*found, claim, now)
    for check, error in CHECKS:
        if check(at):
            continue
        if error is ReplayDetected:
            return ReplayDetected(at.code.authorization_id, tag=AuditTag.CODE_REPLAYED)
        if check in COUNTED and at.code.consumed_at is None:
            return GuessedCode(claim.code_hash, reason=check.__name__)
        return error(reason=check.__name__)
    return InvalidGrant(reason="code_changed_meanwhile")
