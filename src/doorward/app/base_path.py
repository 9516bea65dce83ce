"""A server whose public address has a path: what arrives under it, and at the host's well-known addresses."""

from starlette.types import ASGIApp, Receive, Scope, Send

from doorward.app.dispatch import not_found
from doorward.web.base_path import path_of

_SERVER_METADATA = ("/.well-known/oauth-authorization-server", "/.well-known/openid-configuration")
_RESOURCE_METADATA = "/.well-known/oauth-protected-resource"
_OF_THE_PROCESS = frozenset({"/healthz", "/readyz", "/metrics"})


class BasePath:
    """Takes the path of the issuer and of the pages off the address of a request, and sends everything else away.

    A reverse proxy passes addresses on as they are, those of the issuer and `/.well-known/…` (RFC 8414 §3.1,
    RFC 9728 §3.1).
    """

    def __init__(self, app: ASGIApp, *, issuer_path: str, pages_path: str) -> None:
        self._app, self._issuer_path = app, issuer_path
        self._paths = sorted({issuer_path, pages_path}, key=len, reverse=True)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on under the address that the server has inside."""
        if scope["type"] == "http":
            inside = self._inside(scope["path"], scope["raw_path"])
            if inside is None:
                await not_found(scope, receive, send)
                return
            scope = {**scope, "path": inside[0], "raw_path": inside[1]}
        await self._app(scope, receive, send)

    def _inside(self, path: str, raw_path: bytes) -> tuple[str, bytes] | None:
        for metadata in _SERVER_METADATA:
            whole = metadata + self._issuer_path
            if path == whole or path.startswith(whole + "/"):
                rest = metadata + path.removeprefix(whole)
                return rest, rest.encode("latin-1", "replace")
        for base in self._paths:
            if path == base or path.startswith(base + "/"):
                raw_rest = raw_path.removeprefix(base.encode())
                if not raw_path.startswith(base.encode()) or raw_rest[:1] not in (
                    b"",
                    b"/",
                ):  # a second spelling of the path
                    return None
                return path.removeprefix(base) or "/", raw_rest or b"/"
        if path in _OF_THE_PROCESS or path == _RESOURCE_METADATA or path.startswith(_RESOURCE_METADATA + "/"):
            return path, raw_path
        return None


def under_base_path(app: ASGIApp, *, mcp_base_url: str, dashboard_url: str) -> ASGIApp:
    """The application as it is reached at its public addresses; as it is, where none has a path."""
    issuer_path, pages_path = path_of(mcp_base_url), path_of(dashboard_url)
    if not issuer_path and not pages_path:
        return app
    return BasePath(app, issuer_path=issuer_path, pages_path=pages_path)
