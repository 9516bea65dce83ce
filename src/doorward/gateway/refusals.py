"""What the gateway answers itself: JSON that tells the client what it may know, and the log the rest."""

import json
from collections.abc import Sequence

from doorward.resource_server.asgi import Send

Header = tuple[bytes, bytes]


class Refused(Exception):
    """The answer to a request that does not reach the upstream, or whose answer cannot be passed on."""

    def __init__(
        self, status: int, error: str, description: str, *, reason: str, headers: Sequence[Header] = ()
    ) -> None:
        super().__init__(reason)
        self.status, self.error, self.description = status, error, description
        self.reason = reason
        """For the log only."""
        self.headers = tuple(headers)

    async def answer(self, send: Send) -> None:
        """Send it."""
        body = json.dumps({"error": self.error, "error_description": self.description}, separators=(",", ":")).encode()
        headers = [
            (b"content-type", b"application/json"),
            (b"cache-control", b"no-store"),
            (b"content-length", str(len(body)).encode()),
            *self.headers,
        ]
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": body})


def bad_request(description: str, *, reason: str) -> Refused:
    """400: what came is no request that can be passed on."""
    return Refused(400, "invalid_request", description, reason=reason)


def too_large() -> Refused:
    """413 (RFC 9110 §15.5.14)."""
    return Refused(413, "invalid_request", "the body is too large", reason="body_too_large")


def bad_gateway(reason: str) -> Refused:
    """502: the upstream cannot be reached, or its answer is nothing that a client may have."""
    return Refused(502, "bad_gateway", "the MCP server behind this address does not answer properly", reason=reason)


def gateway_timeout(reason: str) -> Refused:
    """504 (RFC 9110 §15.6.5)."""
    return Refused(504, "gateway_timeout", "the MCP server behind this address does not answer in time", reason=reason)


def unavailable(reason: str) -> Refused:
    """503: try again, and the bearer check will say what is the matter if it was the token."""
    return Refused(
        503,
        "temporarily_unavailable",
        "the request was cut short, try again",
        reason=reason,
        headers=((b"retry-after", b"1"),),
    )
