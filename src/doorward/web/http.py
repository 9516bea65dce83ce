"""Plain ASGI requests and answers for the endpoints that machines call."""

import json
from collections.abc import Iterable, Mapping

from starlette.types import Receive, Scope, Send

RawHeaders = Iterable[tuple[bytes, bytes]]
_encode = json.JSONEncoder(separators=(",", ":")).encode
NO_STORE: tuple[tuple[bytes, bytes], ...] = ((b"cache-control", b"no-store"), (b"pragma", b"no-cache"))


class BodyTooLarge(Exception):
    """The request body exceeds its cap."""


class ClientDisconnected(Exception):
    """The client went away before its request was complete."""


async def read_body(scope: Scope, receive: Receive, *, limit: int) -> bytes:
    """Read a request body of at most `limit` bytes.

    Raises:
        BodyTooLarge: it is longer.
        ClientDisconnected: it never arrived whole.
    """
    declared = header(scope, b"content-length")
    if declared is not None and declared.isdigit() and int(declared) > limit:
        raise BodyTooLarge
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnected
        chunk = message.get("body", b"")
        size += len(chunk)
        if size > limit:
            raise BodyTooLarge
        chunks.append(chunk)
        if not message.get("more_body", False):
            return b"".join(chunks)


def header(scope: Scope, name: bytes) -> bytes | None:
    """The first value of a header; `name` in lower case."""
    return next((value for key, value in scope["headers"] if key == name), None)


def media_type(scope: Scope) -> str:
    """The media type of the body, without parameters, in lower case."""
    return (header(scope, b"content-type") or b"").split(b";")[0].strip().lower().decode("latin-1")


async def send_json(
    send: Send, status: int, members: Mapping[str, object], headers: RawHeaders = NO_STORE, *, with_body: bool = True
) -> None:
    """Answer with a JSON object."""
    body = _encode(members).encode()
    await send_bytes(send, status, body, [(b"content-type", b"application/json"), *headers], with_body=with_body)


async def send_bytes(send: Send, status: int, body: bytes, headers: RawHeaders, *, with_body: bool = True) -> None:
    """Answer with bytes as they are; a HEAD request gets the headers only."""
    head = [*headers, (b"content-length", str(len(body)).encode()), (b"x-content-type-options", b"nosniff")]
    await send({"type": "http.response.start", "status": status, "headers": head})
    await send({"type": "http.response.body", "body": body if with_body else b""})
