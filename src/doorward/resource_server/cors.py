"""CORS on a protected MCP server: for every origin, as nothing here depends on cookies (interop R20)."""

from doorward.kit.cors import ANSWER_HEADERS, PREFLIGHT_HEADERS
from doorward.resource_server.asgi import Message, Send

_REPLACED = frozenset(name for name, _ in ANSWER_HEADERS)


def with_cors(send: Send) -> Send:
    """Add the CORS headers to whatever is answered, in the place of any the application has set."""

    async def send_with_cors(message: Message) -> None:
        if message["type"] == "http.response.start":
            kept = [(name, value) for name, value in message.get("headers", ()) if name.lower() not in _REPLACED]
            message = {**message, "headers": [*kept, *ANSWER_HEADERS]}
        await send(message)

    return send_with_cors


async def answer_preflight(send: Send) -> None:
    """Answer OPTIONS, which comes without credentials and must not be asked for any."""
    await send({"type": "http.response.start", "status": 204, "headers": list(PREFLIGHT_HEADERS)})
    await send({"type": "http.response.body", "body": b""})
