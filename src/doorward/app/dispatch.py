"""Chooses who answers a request: by exact path, then by prefix, without ever looking at the Host."""

from collections.abc import Mapping, Sequence

from starlette.types import ASGIApp, Receive, Scope, Send

from doorward.kit.cors import ANSWER_HEADERS, PREFLIGHT_HEADERS
from doorward.web.http import NO_STORE, send_bytes, send_json


async def not_found(scope: Scope, receive: Receive, send: Send) -> None:
    """404 as JSON: no page, no redirect, whatever the path; a client in a web page may ask, and learns that, too."""
    if scope["method"] == "OPTIONS":
        await send_bytes(send, 204, b"", PREFLIGHT_HEADERS)
        return
    members = {"error": "not_found", "error_description": "there is nothing at this address"}
    await send_json(send, 404, members, (*NO_STORE, *ANSWER_HEADERS), with_body=scope["method"] != "HEAD")


class Dispatch:
    """Exact paths first, then the first prefix that fits, then the pages."""

    def __init__(
        self, exact: Mapping[str, ASGIApp], prefixes: Sequence[tuple[str, ASGIApp]], fallback: ASGIApp
    ) -> None:
        self._exact, self._prefixes, self._fallback = exact, tuple(prefixes), fallback

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass an HTTP request on."""
        path: str = scope["path"]
        app = self._exact.get(path)
        if app is None:
            app = next((app for prefix, app in self._prefixes if path.startswith(prefix)), self._fallback)
        await app(scope, receive, send)
