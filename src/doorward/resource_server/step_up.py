"""ASGI layer behind the bearer check: a call that needs more scope is answered so that the client asks for it.

The answer is 403 `insufficient_scope` with what the token has and what it lacks (RFC 6750 §3.1, interop R21). What the
person declined before ends in an error of the call itself, so that no client asks for it in a loop.
"""

import asyncio
import json
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol, TypeVar

import structlog

from doorward.resource_server.asgi import App, Message, Receive, Scope, Send
from doorward.resource_server.bearer_auth import verified_token
from doorward.resource_server.call_rules import CallRules
from doorward.resource_server.challenge import challenge
from doorward.resource_server.json_rpc import Call, MalformedCall, read_calls
from doorward.resource_server.mirrored_headers import HEADER_MISMATCH, contradict
from doorward.resource_server.ports import VerifiedToken

MAX_BODY_BYTES = 1024 * 1024
LARGE_BODY_BYTES = 32 * 1024
"""Above it a body is read on a thread, so that nobody else waits."""
DECLINED = -32050
"""Our code for a call that the person declined to allow; JSON-RPC leaves -32000 to -32099 to servers."""
BODYLESS = frozenset({"GET", "HEAD", "DELETE"})

A = TypeVar("A")
R = TypeVar("R")

log = structlog.stdlib.get_logger(__name__)


class DeclinedScopes(Protocol):
    """What people declined to add; blocks."""

    def find(self, token: VerifiedToken) -> frozenset[str]:
        """The scope tokens that the person declined for this client at this resource, of late."""
        ...


class _TooLarge(Exception):
    """The body exceeds its cap."""


class StepUp:
    """Lets a request through when its token allows what its body asks for; `rules` may be replaced at any time."""

    def __init__(
        self,
        app: App,
        rules: CallRules,
        *,
        resource_metadata: str,
        declined: DeclinedScopes | None = None,
        max_body_bytes: int = MAX_BODY_BYTES,
    ) -> None:
        self._app = app
        self.rules = rules
        self._resource_metadata = resource_metadata
        self._declined = declined
        self._max_body_bytes = max_body_bytes
        self._threads = ThreadPoolExecutor(2, thread_name_prefix="step-up")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        rules, token = self.rules, verified_token(scope)
        if not rules.looks_inside or scope["method"] in BODYLESS:
            if rules.looks_inside and _has_body(scope):
                await _answer(send, 400, _rpc_error(None, -32600, "this method takes no body"))
            elif missing := rules.missing(token.scope):
                await self._challenge(send, token, missing)
            else:
                await self._app(scope, receive, send)
            return
        if scope["method"] != "POST":
            await _answer(send, 405, None, (b"allow", b"GET, POST, DELETE, OPTIONS"))
            return
        if any(name == b"content-encoding" and value.lower() != b"identity" for name, value in scope["headers"]):
            await _answer(send, 415, _rpc_error(None, -32700, "the body must not be compressed"))
            return
        await self._look_inside(rules, token, scope, receive, send)

    def close(self) -> None:
        """Let go of the threads."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _look_inside(
        self, rules: CallRules, token: VerifiedToken, scope: Scope, receive: Receive, send: Send
    ) -> None:
        try:
            body = await _read(receive, self._max_body_bytes)
        except _TooLarge:
            await _answer(send, 413, _rpc_error(None, -32600, "the body is too large"), (b"connection", b"close"))
            return
        if body is None:
            return
        try:
            calls = await self._in_thread(read_calls, body) if len(body) > LARGE_BODY_BYTES else read_calls(body)
        except MalformedCall as error:
            await _answer(send, 400, _rpc_error(None, error.code, "the body is not one unambiguous JSON-RPC message"))
            return
        if len(calls) == 1 and contradict(scope["headers"], calls[0]):
            message = "Mcp-Method or Mcp-Name does not match the body"
            await _answer(send, 400, _rpc_error(calls[0].id, HEADER_MISMATCH, message))
            return
        missing = rules.missing(token.scope, calls)
        if not missing:
            await self._app(scope, _again(body, receive), send)
        elif not (await self._declined_by_person(token)).isdisjoint(missing):
            await _answer_declined(send, calls, is_batch=body.lstrip().startswith(b"["))
        else:
            await self._challenge(send, token, missing)

    async def _challenge(self, send: Send, token: VerifiedToken, missing: Sequence[str]) -> None:
        description = "the access token does not allow this"
        header = challenge(
            resource_metadata=self._resource_metadata,
            scope=(*token.scope, *missing),
            error="insufficient_scope",
            description=description,
        )
        body = {"error": "insufficient_scope", "error_description": description}
        await _answer(send, 403, body, (b"www-authenticate", header.encode("ascii")))

    async def _declined_by_person(self, token: VerifiedToken) -> frozenset[str]:
        if self._declined is None or token.client_id is None:
            return frozenset()
        try:
            return await self._in_thread(self._declined.find, token)
        except Exception as error:  # noqa: BLE001 - whatever a driver raises: the client is asked to ask once more
            log.warning("declined_scope_lookup_failed", error=type(error).__name__)
            return frozenset()

    async def _in_thread(self, function: Callable[[A], R], argument: A) -> R:
        return await asyncio.get_running_loop().run_in_executor(self._threads, function, argument)


def _has_body(scope: Scope) -> bool:
    return any(
        name == b"transfer-encoding" or (name == b"content-length" and value.strip(b"0"))
        for name, value in scope["headers"]
    )


async def _read(receive: Receive, limit: int) -> bytes | None:
    """The whole body; None when the client went away."""
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        chunk: bytes = message.get("body", b"")
        size += len(chunk)
        if size > limit:
            raise _TooLarge
        chunks.append(chunk)
        if not message.get("more_body", False):
            return b"".join(chunks)


def _again(body: bytes, receive: Receive) -> Receive:
    """Give the body once more, then whatever follows."""
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive_again() -> Message:
        return waiting.pop() if waiting else await receive()

    return receive_again


def _rpc_error(request_id: object, code: int, message: str) -> dict[str, object]:
    return {"jsonrpc": "2.0", "id": request_id, "error": {"code": code, "message": message}}


async def _answer_declined(send: Send, calls: Sequence[Call], *, is_batch: bool) -> None:
    """Answer every request with an error of its own; notifications get none."""
    message = "The person declined to allow this. To decide anew, they connect the app again."
    errors = [_rpc_error(call.id, DECLINED, message) for call in calls if call.id is not None]
    if not errors:
        await _answer(send, 202, None)
    else:
        await _answer(send, 200, errors if is_batch else errors[0])


async def _answer(send: Send, status: int, body: object, *headers: tuple[bytes, bytes]) -> None:
    content = b"" if body is None else json.dumps(body).encode()
    head = [
        *([(b"content-type", b"application/json")] if content else []),
        (b"cache-control", b"no-store"),
        (b"content-length", str(len(content)).encode()),
        *headers,
    ]
    await send({"type": "http.response.start", "status": status, "headers": head})
    await send({"type": "http.response.body", "body": content})
