"""The least an ASGI server can do: what HTTP alone costs on this machine."""

from collections.abc import Awaitable, Callable, Mapping

BODY = b'{"access_token":"' + b"x" * 400 + b'","token_type":"Bearer","expires_in":3600}'
HEADERS = [(b"content-type", b"application/json"), (b"content-length", str(len(BODY)).encode())]

Message = Mapping[str, object]


async def app(
    scope: Message, receive: Callable[[], Awaitable[Message]], send: Callable[[Message], Awaitable[None]]
) -> None:
    """Read the body, if any, and answer the same bytes to everybody."""
    if scope["type"] != "http":
        return
    if scope["method"] == "POST":
        while (await receive()).get("more_body"):
            pass
    await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
    await send({"type": "http.response.body", "body": BODY})
