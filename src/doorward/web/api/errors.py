"""What the JSON API answers when it refuses: one class per error code, rendered in one place."""

import math
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import ClassVar

from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import BaseRoute, Match

from doorward.identity.login import TooManyAttempts
from doorward.oauth.errors import OAuthError, TooManyRequests
from doorward.web.stored_clients import NoSuchClient


class ApiError(Exception):
    """An error in the form of RFC 6749 §5.2: `error` for programs, `error_description` for people.

    The description never holds a value that was received.
    """

    status: ClassVar[int] = 400
    error: ClassVar[str] = "invalid_request"
    default_description: ClassVar[str] = "the request is malformed"

    def __init__(self, description: str | None = None, *, headers: Mapping[str, str] | None = None) -> None:
        self.description = description or self.default_description
        self.headers = dict(headers or {})
        super().__init__(self.description)


class MalformedRequest(ApiError):
    """The body is not the JSON object this route expects."""


class WeakPasswordRefused(ApiError):
    """The password is too easy to guess, or too short or long."""

    error = "weak_password"
    default_description = "the password is too weak"


class InvitationRefused(ApiError):
    """The invitation is unknown, used up or expired, or was made for another address."""

    error = "invalid_invitation"
    default_description = "the invitation is not valid any more, ask an administrator for a new one"


class NotSignedIn(ApiError):
    """No session token was sent (RFC 6750 §3.1: then the challenge names no error)."""

    status = 401
    error = "invalid_token"
    default_description = "a session token from /api/users/login is required"

    def __init__(self) -> None:
        super().__init__(headers={"WWW-Authenticate": "Bearer"})


class SessionTokenRefused(ApiError):
    """What was sent is no live session token (RFC 6750 §3.1)."""

    status = 401
    error = "invalid_token"
    default_description = "the session token is not valid or has expired, sign in again"

    def __init__(self) -> None:
        super().__init__(headers={"WWW-Authenticate": 'Bearer error="invalid_token"'})


class SignInRefused(ApiError):
    """The address and the password do not belong together; one answer for every reason."""

    status = 401
    error = "sign_in_failed"
    default_description = "the e-mail address or the password is wrong"

    def __init__(self) -> None:
        super().__init__(headers={"WWW-Authenticate": "Bearer"})


class SignUpRefused(ApiError):
    """This server does not let people create accounts themselves."""

    status = 403
    error = "sign_up_closed"
    default_description = "accounts are made by the administrator of this server"


class AdministratorsOnly(ApiError):
    """Who asks is signed in, and no administrator (RFC 9110 §15.5.4)."""

    status = 403
    error = "administrators_only"
    default_description = "only an administrator of this server may do that"


class TooMany(ApiError):
    """As many exist as may."""

    status = 409
    error = "too_many"
    default_description = "there are as many as there may be, delete one that is not used any more"


class NotFound(ApiError):
    """There is nothing of that name, or it belongs to somebody else."""

    status = 404
    error = "not_found"
    default_description = "there is nothing here"


class MethodNotAllowed(ApiError):
    """The route exists, the method does not (RFC 9110 §15.5.6)."""

    status = 405
    error = "method_not_allowed"
    default_description = "this route does not know that method"


class AddressTaken(ApiError):
    """Another account has this address."""

    status = 409
    error = "email_taken"
    default_description = "an account with this e-mail address exists, sign in instead"


class Conflict(ApiError):
    """What is there already does not go together with what is asked for (RFC 9110 §15.5.10)."""

    status = 409
    error = "conflict"
    default_description = "this is not possible with what is there already"


class BodyTooLarge(ApiError):
    """The body is larger than any request of this API."""

    status = 413
    error = "content_too_large"
    default_description = "the request body is too large"

    def __init__(self) -> None:
        super().__init__(headers={"Connection": "close"})


class NotJson(ApiError):
    """Anything but JSON is refused: a form of another site can send everything else (RFC 9110 §15.5.16)."""

    status = 415
    error = "unsupported_media_type"
    default_description = "the request body must be application/json in UTF-8"


class TooManyTries(ApiError):
    """A limit was reached (RFC 6585 §4)."""

    status = 429
    error = "too_many_attempts"
    default_description = "too many attempts, try again later"

    def __init__(self, retry_after: timedelta) -> None:
        seconds = max(1, math.ceil(retry_after.total_seconds()))
        super().__init__(headers={"Retry-After": str(seconds)})


class Failed(ApiError):
    """Something unexpected happened; the log knows what."""

    status = 500
    error = "server_error"
    default_description = "the server could not complete the request"


class Unavailable(ApiError):
    """The database cannot be reached; nothing was done."""

    status = 503
    error = "temporarily_unavailable"
    default_description = "the server is temporarily unavailable, try again in a moment"

    def __init__(self) -> None:
        super().__init__(headers={"Retry-After": "5"})


ERRORS: tuple[type[ApiError], ...] = (
    MalformedRequest,
    WeakPasswordRefused,
    InvitationRefused,
    NotSignedIn,
    SessionTokenRefused,
    SignInRefused,
    SignUpRefused,
    AdministratorsOnly,
    NotFound,
    MethodNotAllowed,
    AddressTaken,
    TooMany,
    Conflict,
    BodyTooLarge,
    NotJson,
    TooManyTries,
    Failed,
    Unavailable,
)


class ErrorAnswer(BaseModel):
    """What every refusal looks like."""

    error: str
    error_description: str


def render(error: ApiError) -> JSONResponse:
    """The response for an error of this API."""
    body = {"error": error.error, "error_description": error.description}
    return JSONResponse(body, status_code=error.status, headers=error.headers)


async def render_api_error(_request: Request, error: ApiError) -> JSONResponse:
    """The handler for `ApiError`."""
    return render(error)


async def render_oauth_error(_request: Request, error: OAuthError) -> JSONResponse:
    """The handler for an `OAuthError` of the core that no route gave a form of its own."""
    headers = {"Retry-After": str(error.retry_after)} if isinstance(error, TooManyRequests) else {}
    return JSONResponse(error.as_json(), status_code=error.status, headers=headers)


async def render_no_such_client(_request: Request, _error: NoSuchClient) -> JSONResponse:
    """The handler for a client that the caller does not have."""
    return render(NotFound())


async def render_throttled(_request: Request, error: TooManyAttempts) -> JSONResponse:
    """The handler for a limit of sign-in or sign-up."""
    return render(TooManyTries(error.retry_after))


async def render_http_error(request: Request, error: HTTPException) -> JSONResponse:
    """The handler for what the framework itself refuses: unknown routes and methods."""
    if error.status_code == 405:
        return render(MethodNotAllowed(headers={"Allow": ", ".join(_methods_at(request))}))
    return render(NotFound() if error.status_code == 404 else MalformedRequest())


def _methods_at(request: Request) -> list[str]:
    """Every method of a path, which may be spread over several routes (RFC 9110 §10.2.1)."""
    scopes = {method: {**request.scope, "method": method} for method in ("DELETE", "GET", "PATCH", "POST", "PUT")}
    routes: Sequence[BaseRoute] = request.app.routes
    return [
        method for method, scope in scopes.items() if any(route.matches(scope)[0] is Match.FULL for route in routes)
    ]
