"""The authorization endpoint's old place on the MCP host: on to the dashboard, the query as it came (interop R9)."""

from starlette.types import Receive, Scope, Send

from doorward.oauth.errors import InvalidRequest
from doorward.web.http import NO_STORE, send_bytes, send_json


class LegacyAuthorize:
    """GET `/authorize` is 303 to the real endpoint."""

    def __init__(self, authorization_endpoint: str) -> None:
        self._target = authorization_endpoint.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["method"] not in ("GET", "HEAD"):
            members = InvalidRequest("the method must be GET").as_json()
            await send_json(send, 405, members, ((b"allow", b"GET, HEAD"),))
            return
        query = scope["query_string"]
        location = self._target + (b"?" + query if query else b"")
        await send_bytes(send, 303, b"", ((b"location", location), *NO_STORE))
