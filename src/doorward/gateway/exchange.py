"""One request and its answer on their way through, until either side or the token is done."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import aclosing
from enum import Enum, auto

import anyio
import structlog

from doorward.gateway.answer_head import AnswerHead, read_answer
from doorward.gateway.refusals import Header, Refused, bad_request, too_large, unavailable
from doorward.gateway.request_head import RequestHead
from doorward.gateway.upstream import Answer, Upstream
from doorward.resource_server.asgi import Receive, Send

LAST_WORD_SECONDS = 1.0
"""What a client that has stopped reading is given to hear that its stream is over."""

log = structlog.stdlib.get_logger(__name__)


class Ending(Enum):
    """Why an exchange ends before its answer does."""

    CLIENT_GONE = auto()
    TOKEN_OVER = auto()
    STOPPING = auto()


class Exchange:
    """Passes a request on and the answer back, piece by piece and never faster than the client reads."""

    def __init__(
        self,
        head: RequestHead,
        receive: Receive,
        send: Send,
        *,
        max_body_bytes: int,
        bind_session: Callable[[bytes], bytes],
    ) -> None:
        self._head, self._receive, self._send = head, receive, send
        self._max_body_bytes, self._bind_session = max_body_bytes, bind_session
        self._scope = anyio.CancelScope()
        self._body_done = asyncio.Event()
        self._ending: Ending | None = None
        self._answer: AnswerHead | None = None

    @property
    def is_listening(self) -> bool:
        """Whether the client only waits for what the server may have to say some day."""
        return self._head.method == "GET" and self._answer is not None and self._answer.is_stream

    def end(self, why: Ending) -> None:
        """End it now; the upstream sees its request cancelled."""
        if self._ending is None:
            self._ending = why
            self._scope.cancel()

    async def run(self, upstream: Upstream, headers: Sequence[Header]) -> None:
        """Do it, and answer what went wrong in JSON as long as nothing was answered."""
        watching = asyncio.create_task(self._watch_client())
        try:
            with self._scope:
                await self._pass_on(upstream, headers)
        except Refused as refused:
            await self._refuse(refused)
        else:
            await self._say_last_word()
        finally:
            watching.cancel()

    async def _pass_on(self, upstream: Upstream, headers: Sequence[Header]) -> None:
        body = self._body() if self._head.framing is not None else None
        if body is None:
            self._body_done.set()
        async with upstream.asked(self._head.method, self._head.query, headers, body) as answer:
            head = read_answer(answer.status, answer.headers, method=self._head.method)
            await self._pass_back(head, answer)

    async def _pass_back(self, head: AnswerHead, answer: Answer) -> None:
        session = [(b"mcp-session-id", self._bind_session(head.session))] if head.session is not None else []
        start = {"type": "http.response.start", "status": head.status, "headers": [*head.headers, *session]}
        self._answer = head
        await self._send(start)
        async with aclosing(answer.pieces(may_be_silent=head.is_stream)) as pieces:
            async for piece in pieces:
                await self._send({"type": "http.response.body", "body": piece, "more_body": True})
        await self._send({"type": "http.response.body", "body": b""})

    async def _body(self) -> AsyncIterator[bytes]:
        """The body of the request as it arrives, within its bound."""
        size = 0
        try:
            while True:
                message = await self._receive()
                if message["type"] == "http.disconnect":
                    self._ending = Ending.CLIENT_GONE
                    raise bad_request("the request never arrived whole", reason="client_gone")
                piece: bytes = message.get("body", b"")
                size += len(piece)
                if size > self._max_body_bytes:
                    raise too_large()
                if piece:
                    yield piece
                if not message.get("more_body", False):
                    return
        finally:
            self._body_done.set()

    async def _watch_client(self) -> None:
        await self._body_done.wait()
        while (await self._receive())["type"] != "http.disconnect":
            pass
        self.end(Ending.CLIENT_GONE)

    async def _refuse(self, refused: Refused) -> None:
        if self._ending is Ending.CLIENT_GONE:
            return
        log.warning("upstream_request_failed", reason=refused.reason, status=refused.status)
        if self._answer is None:
            await refused.answer(self._send)
        # An answer that broke off is left broken: the server closes the connection, and no client takes it as whole.

    async def _say_last_word(self) -> None:
        """End a stream that was cut for a reason of ours as a stream ends; anything else stays broken off."""
        if self._ending in (None, Ending.CLIENT_GONE):
            return
        if self._answer is None:
            await unavailable(self._ending.name.lower()).answer(self._send)
        elif self._answer.is_stream:
            with anyio.move_on_after(LAST_WORD_SECONDS):
                await self._send({"type": "http.response.body", "body": b""})
