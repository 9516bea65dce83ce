"""What every OAuth endpoint shares: methods, CORS, the body cap, and errors in one shape (RFC 6749 §5.2)."""

from collections.abc import Awaitable, Callable

import structlog
from starlette.types import Receive, Scope, Send

from doorward.kit.cors import ANSWER_HEADERS, PREFLIGHT_HEADERS
from doorward.kit.unit_of_work import DatabaseUnavailable
from doorward.oauth.errors import (
    InvalidClient,
    InvalidRequest,
    InvalidToken,
    OAuthError,
    ServerError,
    TemporarilyUnavailable,
    TooManyRequests,
)
from doorward.web.http import NO_STORE, BodyTooLarge, ClientDisconnected, RawHeaders, read_body, send_bytes, send_json
from doorward.web.observation import note_error

log = structlog.get_logger(__name__)

MAX_BODY = 64 * 1024
RETRY_SECONDS = 5
_BASIC_CHALLENGE = (b"www-authenticate", b'Basic realm="doorward", charset="UTF-8"')
_BEARER_CHALLENGE = (b"www-authenticate", b'Bearer realm="doorward"')
_BEARER_REFUSAL = (b"www-authenticate", b'Bearer realm="doorward", error="invalid_token"')

Answer = tuple[int, dict[str, object]]
Handler = Callable[[Scope, bytes], Awaitable[Answer]]


class OAuthEndpoint:
    """An endpoint, most often for POST, that answers JSON to clients of any origin."""

    def __init__(self, handler: Handler, *, methods: tuple[str, ...] = ("POST",)) -> None:
        self._handler = handler
        self._methods = methods

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["method"] == "OPTIONS":
            await send_bytes(send, 204, b"", PREFLIGHT_HEADERS)
            return
        if scope["method"] not in self._methods:
            members = InvalidRequest(f"the method must be {' or '.join(self._methods)}").as_json()
            allowed = (b"allow", ", ".join((*self._methods, "OPTIONS")).encode())
            await send_json(send, 405, members, _headers(allowed), with_body=not _is_head(scope))
            return
        try:
            status, members = await self._handler(scope, await read_body(scope, receive, limit=MAX_BODY))
        except ClientDisconnected:
            return
        except BodyTooLarge:
            await send_json(
                send, 413, InvalidRequest("the body is too large").as_json(), _headers((b"connection", b"close"))
            )
        except OAuthError as error:
            note_error(scope, error.error)
            await send_error(send, error)
        except DatabaseUnavailable:
            log.exception("database_unavailable", path=scope["path"])
            await send_error(send, TemporarilyUnavailable())
        except Exception:  # the last line of defence: whatever it is, the client reads OAuth JSON
            log.exception("endpoint_failed", path=scope["path"])
            await send_error(send, ServerError())
        else:
            if status == 204:
                await send_bytes(send, status, b"", _headers())
                return
            await send_json(send, status, members, _headers())


async def send_error(send: Send, error: OAuthError) -> None:
    """Render an error, in the one place where it is done (RFC 6749 §5.2)."""
    extra: list[tuple[bytes, bytes]] = []
    if isinstance(error, InvalidClient) and error.challenge:
        extra.append(_BASIC_CHALLENGE)
    if isinstance(error, InvalidToken):
        extra.append(_BEARER_CHALLENGE if error.is_missing else _BEARER_REFUSAL)
    if isinstance(error, TooManyRequests):
        extra.append((b"retry-after", str(error.retry_after).encode()))
    elif isinstance(error, TemporarilyUnavailable):
        extra.append((b"retry-after", str(RETRY_SECONDS).encode()))
    await send_json(send, error.status, error.as_json(), _headers(*extra))


def _headers(*extra: tuple[bytes, bytes]) -> RawHeaders:
    return (*NO_STORE, *ANSWER_HEADERS, *extra)


def _is_head(scope: Scope) -> bool:
    return scope["method"] == "HEAD"
