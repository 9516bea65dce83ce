"""ASGI middleware that lets only good bearer tokens through to an MCP server (RFC 6750 §2.1)."""

import asyncio
import json
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from math import ceil
from typing import cast

import structlog

from doorward.kit.clock import Clock
from doorward.resource_server.asgi import App, Receive, Scope, Send
from doorward.resource_server.challenge import challenge
from doorward.resource_server.cors import answer_preflight, with_cors
from doorward.resource_server.errors import InvalidToken, Unavailable
from doorward.resource_server.ports import VerifiedToken
from doorward.resource_server.verifier import TokenVerifier

TOKEN_KEY = "doorward.token"
LOOK_UP_THREADS = 8
LOOK_UP_DEADLINE = timedelta(seconds=5)

_SCHEME = b"bearer"
_TOKEN_CHARACTERS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~+/"

_NO_TOKEN = "an access token is required: give this address to an MCP client, which gets one"

log = structlog.stdlib.get_logger(__name__)


class RepeatedHeader(Exception):
    """The request has more than one Authorization header."""


def verified_token(scope: Mapping[str, object]) -> VerifiedToken:
    """What the token of this request says, for the application behind `BearerAuth`."""
    return cast("VerifiedToken", scope[TOKEN_KEY])


class BearerAuth:
    """Answers for the application until a good token comes, and hands it what the token says.

    Only the Authorization header counts: a token in the query or the form is ignored (OAuth 2.1 §5.1).
    """

    def __init__(
        self, app: App, verifier: TokenVerifier, *, resource_metadata: str, scope: Sequence[str], clock: Clock
    ) -> None:
        self._app = app
        self._verifier = verifier
        self._resource_metadata = resource_metadata
        self._scope = self._advertised = tuple(scope)
        self._clock = clock
        self._threads = ThreadPoolExecutor(LOOK_UP_THREADS, thread_name_prefix="bearer-auth")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":  # a WebSocket: nothing here speaks it
            await send({"type": "websocket.close", "code": 1008})
            return
        if scope["method"] == "OPTIONS":
            await answer_preflight(send)
            return
        send = with_cors(send)
        try:
            token = bearer_token(scope["headers"])
            if token is None:
                await self._refuse(send, 401, "invalid_token", _NO_TOKEN, anonymous=True)
                return
            verified = await self._verify(token)
        except RepeatedHeader:
            await self._refuse(send, 400, "invalid_request", "send exactly one Authorization header")
        except InvalidToken as refused:
            log.debug("bearer_token_refused", reason=refused.reason)
            await self._refuse(
                send, 401, "invalid_token", "the access token is expired, revoked or not for this server"
            )
        except Unavailable as unavailable:
            await _answer_unavailable(send, unavailable.retry_after)
        else:
            missing = [token for token in self._scope if token not in verified.scope]
            if missing:
                wanted = (*verified.scope, *missing)
                await self._refuse(
                    send, 403, "insufficient_scope", "the access token does not allow this", scope=wanted
                )
                return
            await self._app({**scope, TOKEN_KEY: verified}, receive, send)

    def advertise(self, scope: Sequence[str]) -> None:
        """Name another scope in the challenge from now on, where a layer behind checks what is needed."""
        self._advertised = tuple(scope)

    def close(self) -> None:
        """Let go of the look-up threads."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _verify(self, token: str) -> VerifiedToken:
        now = self._clock.now()
        verified = self._verifier.recall(token, now)
        if verified is not None:
            return verified
        look_up = asyncio.get_running_loop().run_in_executor(self._threads, self._verifier.verify, token, now)
        try:
            return await asyncio.wait_for(look_up, LOOK_UP_DEADLINE.total_seconds())
        except TimeoutError:
            log.warning("bearer_token_look_up_timed_out")
            raise Unavailable from None

    async def _refuse(
        self,
        send: Send,
        status: int,
        error: str,
        description: str,
        *,
        scope: Iterable[str] | None = None,
        anonymous: bool = False,
    ) -> None:
        header = challenge(
            resource_metadata=self._resource_metadata,
            scope=self._advertised if scope is None else scope,
            error=None if anonymous else error,
            description=None if anonymous else description,
        )
        body = {"error": error, "error_description": description}
        await _answer(send, status, body, (b"www-authenticate", header.encode("ascii")))


def bearer_token(headers: Iterable[tuple[bytes, bytes]]) -> str | None:
    """The token of the request; None when there is none, or credentials of another scheme (RFC 6750 §3.1).

    Raises:
        RepeatedHeader: there is more than one Authorization header.
        InvalidToken: what follows `Bearer` has not the form of a token.
    """
    values = [value for name, value in headers if name == b"authorization"]
    if len(values) > 1:
        raise RepeatedHeader
    scheme, _, rest = values[0].partition(b" ") if values else (b"", b"", b"")
    if scheme.lower() != _SCHEME:
        return None
    token = rest.lstrip(b" ")
    body = token.rstrip(b"=")
    if not body or body.translate(None, _TOKEN_CHARACTERS):
        raise InvalidToken("malformed")
    return token.decode("ascii")


async def _answer_unavailable(send: Send, retry_after: timedelta) -> None:
    body = {"error": "temporarily_unavailable", "error_description": "the access token cannot be checked right now"}
    await _answer(send, 503, body, (b"retry-after", str(ceil(retry_after.total_seconds())).encode()))


async def _answer(send: Send, status: int, body: Mapping[str, str], header: tuple[bytes, bytes]) -> None:
    content = json.dumps(body).encode()
    headers = [
        (b"content-type", b"application/json"),
        (b"cache-control", b"no-store"),
        (b"content-length", str(len(content)).encode()),
        header,
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": content})
