"""Public documents: precomputed bytes with an ETag, for any origin, without any look-up (RFC 8414, RFC 9728)."""

import hashlib
import json
from collections.abc import Callable, Mapping

from starlette.types import Receive, Scope, Send

from doorward.kit.cors import ANSWER_HEADERS, PREFLIGHT_HEADERS
from doorward.oauth.errors import InvalidRequest
from doorward.web.http import header, send_bytes, send_json

MAX_AGE_SECONDS = 300


class Document:
    """A JSON document that never changes while the process lives."""

    def __init__(self, members: Mapping[str, object]) -> None:
        self._body = json.dumps(members, separators=(",", ":")).encode()
        etag = f'"{hashlib.sha256(self._body).hexdigest()[:32]}"'.encode()
        self._etag = etag
        self._validators = (
            (b"etag", etag),
            (b"cache-control", f"public, max-age={MAX_AGE_SECONDS}".encode()),
            *ANSWER_HEADERS,
        )
        self._headers = ((b"content-type", b"application/json"), *self._validators)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer GET and HEAD, 304 where the client has it (RFC 9110 §13.1.2)."""
        method = scope["method"]
        if method == "OPTIONS":
            await send_bytes(send, 204, b"", PREFLIGHT_HEADERS)
        elif method not in ("GET", "HEAD"):
            members = InvalidRequest("the method must be GET").as_json()
            await send_json(send, 405, members, ((b"allow", b"GET, HEAD, OPTIONS"), *ANSWER_HEADERS))
        elif self._etag in [tag.strip().removeprefix(b"W/") for tag in _asked_tags(scope)]:
            await send_bytes(send, 304, b"", self._validators)
        else:
            await send_bytes(send, 200, self._body, self._headers, with_body=method == "GET")


def _asked_tags(scope: Scope) -> list[bytes]:
    """The tags of If-None-Match; proxies that compress make them weak, and weak ones count (RFC 9110 §13.1.2)."""
    return (header(scope, b"if-none-match") or b"").split(b",")


class VersionedDocument:
    """A document made anew when its version changes."""

    def __init__(self, version: Callable[[], str], make: Callable[[], Mapping[str, object]]) -> None:
        self._version, self._make = version, make
        self._current: tuple[str, Document] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with the document of the current version."""
        version = self._version()
        if self._current is None or self._current[0] != version:
            self._current = (version, Document(self._make()))
        await self._current[1](scope, receive, send)
