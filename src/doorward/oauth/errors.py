"""The registered error codes, one class each: what the wire may say, and what only the audit trail learns."""

import math
from datetime import timedelta
from typing import ClassVar

from doorward.audit import AuditTag
from doorward.oauth.records import UsedAssertion


class OAuthError(Exception):
    """An error with a registered code (RFC 6749 §4.1.2.1, §5.2).

    `description` goes to the client and never holds a value that was received;
    `reason` goes to the audit trail only.
    """

    error: ClassVar[str] = "invalid_request"
    status: ClassVar[int] = 400
    default_description: ClassVar[str] = "the request is malformed"

    def __init__(self, description: str | None = None, *, reason: str | None = None) -> None:
        self.description = description or self.default_description
        self.reason = reason or self.error
        self.client_id: str | None = None
        """The authenticated client that is refused, for the audit trail."""
        self.assertion: UsedAssertion | None = None
        """What it was authenticated by, where that works once only."""
        super().__init__(self.description)

    def as_json(self) -> dict[str, str]:
        """The error response body (RFC 6749 §5.2)."""
        return {"error": self.error, "error_description": self.description}


class InvalidRequest(OAuthError):
    """A parameter is missing, repeated or malformed (RFC 6749 §5.2)."""


class InvalidClient(OAuthError):
    """Client authentication failed, or the client is unknown (RFC 6749 §5.2).

    `challenge` asks for `WWW-Authenticate: Basic`, which is due when the client used that header.
    """

    error = "invalid_client"
    status = 401
    default_description = "client authentication failed"

    def __init__(self, description: str | None = None, *, reason: str | None = None, challenge: bool = False) -> None:
        super().__init__(description, reason=reason)
        self.challenge = challenge


class InvalidToken(OAuthError):
    """An initial or a registration access token is missing or not valid (RFC 6750 §3.1, RFC 7592 §2).

    `is_missing` when none was presented: then the challenge names no error.
    """

    error = "invalid_token"
    status = 401
    default_description = "the access token is missing or not valid"

    def __init__(self, description: str | None = None, *, reason: str | None = None, is_missing: bool = False) -> None:
        super().__init__(description, reason=reason)
        self.is_missing = is_missing


class InvalidGrant(OAuthError):
    """The code or refresh token is invalid, expired, revoked or another client's (RFC 6749 §5.2).

    One text for every reason, so that it is no oracle on a stolen credential.
    """

    error = "invalid_grant"
    default_description = "the authorization code or refresh token is not valid"


class ReplayDetected(InvalidGrant):
    """A consumed code or superseded refresh token came back; its Authorization must end (RFC 6749 §4.1.2)."""

    def __init__(self, authorization_id: bytes, *, tag: AuditTag) -> None:
        super().__init__(reason=tag)
        self.authorization_id = authorization_id
        self.tag = tag


class UnauthorizedClient(OAuthError):
    """The client may not use this grant type (RFC 6749 §5.2)."""

    error = "unauthorized_client"
    default_description = "the client may not use this grant type"


class UnsupportedGrantType(OAuthError):
    """The grant type is not known here (RFC 6749 §5.2)."""

    error = "unsupported_grant_type"
    default_description = "the grant type is not supported"


class UnsupportedResponseType(OAuthError):
    """Only `code` is supported (RFC 6749 §4.1.2.1)."""

    error = "unsupported_response_type"
    default_description = "the response type must be code"


class InvalidScope(OAuthError):
    """The scope is malformed or exceeds what was granted (RFC 6749 §3.3)."""

    error = "invalid_scope"
    default_description = "the scope is malformed or exceeds what was granted"


class InvalidTarget(OAuthError):
    """The requested resource is unknown, malformed or not the granted one (RFC 8707 §2)."""

    error = "invalid_target"
    default_description = "the requested resource is not available to this client"


class AccessDenied(OAuthError):
    """The person refused (RFC 6749 §4.1.2.1)."""

    error = "access_denied"
    default_description = "the request was denied"


class RegistrationRefused(AccessDenied):
    """Nobody may register here, or this client may not manage itself (RFC 7592 §2.1)."""

    status = 403
    default_description = "this server does not let clients register themselves"


class LoginRequired(OAuthError):
    """`prompt=none`, and nobody is signed in (OIDC Core §3.1.2.6)."""

    error = "login_required"
    default_description = "the user must sign in"


class ConsentRequired(OAuthError):
    """`prompt=none`, and the person has to be asked (OIDC Core §3.1.2.6)."""

    error = "consent_required"
    default_description = "the user must be asked"


class InvalidRedirectUri(OAuthError):
    """A redirect URI is unacceptable (RFC 7591 §3.2.2)."""

    error = "invalid_redirect_uri"
    default_description = "no acceptable redirect URI"


class InvalidClientMetadata(OAuthError):
    """A member of the client metadata has an invalid value (RFC 7591 §3.2.2)."""

    error = "invalid_client_metadata"
    default_description = "the client metadata is invalid"


class ServerError(OAuthError):
    """Something unexpected happened (RFC 6749 §4.1.2.1)."""

    error = "server_error"
    status = 500
    default_description = "the server could not complete the request"


class TemporarilyUnavailable(OAuthError):
    """Too busy, or a part is down; try again later (RFC 6749 §4.1.2.1)."""

    error = "temporarily_unavailable"
    status = 503
    default_description = "the server is temporarily unavailable"


class TooManyRequests(TemporarilyUnavailable):
    """A limit was reached (RFC 6585 §4)."""

    status = 429
    default_description = "too many requests, try again later"

    def __init__(self, retry_after: int) -> None:
        super().__init__()
        self.retry_after = retry_after
        """Seconds."""

    @classmethod
    def after(cls, wait: timedelta) -> "TooManyRequests":
        """Say to come back after that long."""
        return cls(math.ceil(wait.total_seconds()))


ERRORS: tuple[type[OAuthError], ...] = (
    InvalidRequest,
    InvalidClient,
    InvalidToken,
    InvalidGrant,
    UnauthorizedClient,
    UnsupportedGrantType,
    UnsupportedResponseType,
    InvalidScope,
    InvalidTarget,
    AccessDenied,
    LoginRequired,
    ConsentRequired,
    InvalidRedirectUri,
    InvalidClientMetadata,
    ServerError,
    TemporarilyUnavailable,
)
