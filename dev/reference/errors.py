"""The reference of the error codes."""

from collections.abc import Iterable, Iterator
from typing import ClassVar, Protocol

from dev.reference.markdown import code, first_sentence, page, table
from doorward.oauth.errors import ERRORS, TooManyRequests
from doorward.web.api.errors import ApiError

HEAD = ("code", "status", "meaning", "default description")

BEARER = (
    ("`invalid_request`", "400", "There is more than one Authorization header (RFC 6750 §3.1)."),
    ("`invalid_token`", "401", "The token is expired, revoked or not for this server (RFC 6750 §3.1)."),
    ("`insufficient_scope`", "403", "The token lacks a scope; the challenge names all it needs (RFC 6750 §3.1)."),
    ("`temporarily_unavailable`", "503", "The token cannot be checked right now; Retry-After says when to try again."),
)


class ErrorClass(Protocol):
    """What a class of errors says about itself."""

    error: ClassVar[str]
    status: ClassVar[int]
    default_description: ClassVar[str]


def errors_page() -> str:
    """Every error code that a program can meet."""
    return page(
        "Error codes",
        "## OAuth endpoints",
        "Errors are JSON: `error`, and `error_description` for developers.\n"
        "At the authorization endpoint they go to the client's redirect URI with `state` and `iss`, "
        "or to a page when the client or its redirect URI cannot be trusted.\n"
        "What is wrong with a code or a refresh token is told to the audit trail and never to the client.",
        table(HEAD, _rows((*ERRORS, TooManyRequests))),
        "## Protected MCP server",
        "The code stands in the `WWW-Authenticate` challenge and in the JSON body; "
        "a request without credentials gets a challenge without a code.",
        table(("code", "status", "meaning"), BEARER),
        "## JSON API",
        "The same two members; the authorization call adds `state` and `iss` to the codes above.",
        table(HEAD, _rows(api_errors())),
    )


def api_errors() -> Iterator[type[ApiError]]:
    """Every class of the JSON API's errors."""
    yield from sorted(ApiError.__subclasses__(), key=lambda error: (error.status, error.error, error.__name__))


def _rows(errors: Iterable[type[ErrorClass]]) -> Iterator[tuple[str, str, str, str]]:
    for error in errors:
        yield code(error.error), str(error.status), first_sentence(error.__doc__), error.default_description
