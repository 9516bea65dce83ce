"""The gateway as an ASGI application, to be put behind `BearerAuth`."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from functools import partial

import structlog

from doorward.gateway.exchange import Ending, Exchange
from doorward.gateway.identity import HEADER, IdentityAssertions
from doorward.gateway.refusals import Header, Refused, bad_request
from doorward.gateway.request_head import RequestHead, read_head
from doorward.gateway.sessions import BoundSessions
from doorward.gateway.upstream import Upstream
from doorward.kit.clock import Clock
from doorward.kit.hosts import is_allowed_host
from doorward.resource_server.asgi import Receive, Scope, Send
from doorward.resource_server.bearer_auth import verified_token
from doorward.resource_server.open_answers import OpenAnswers
from doorward.resource_server.ports import VerifiedToken

Forwarded = Callable[[Scope], Sequence[Header]]
"""What the upstream is told about the way a request came; nothing that came with it is believed."""

log = structlog.stdlib.get_logger(__name__)


class Gateway:
    """Passes requests with a good token on to one MCP server, without the token and with a signed word about it."""

    def __init__(
        self,
        upstream: Upstream,
        *,
        path: str,
        hosts: Sequence[str],
        identity: IdentityAssertions,
        sessions: BoundSessions,
        answers: OpenAnswers,
        forwarded: Forwarded,
        clock: Clock,
        max_body_bytes: int,
    ) -> None:
        self._upstream = upstream
        self._paths = (path, path + "/")
        self._hosts = frozenset(hosts)
        self._identity, self._sessions, self._answers = identity, sessions, answers
        self._forwarded, self._clock = forwarded, clock
        self._max_body_bytes = max_body_bytes
        self._under_way: set[Exchange] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request whose token was verified."""
        if scope["type"] != "http":
            return
        token = verified_token(scope)
        try:
            head = self._read(scope)
            headers = self._headers(head, scope, token)
        except Refused as refused:
            log.debug("request_not_passed_on", reason=refused.reason)
            await refused.answer(send)
            return
        exchange = Exchange(
            head,
            receive,
            send,
            max_body_bytes=self._max_body_bytes,
            bind_session=partial(self._sessions.bind, public_id=token.public_id),
        )
        self._under_way.add(exchange)
        try:
            with self._answers.one(token, partial(exchange.end, Ending.TOKEN_OVER)):
                await exchange.run(self._upstream, headers)
        finally:
            self._under_way.discard(exchange)

    def stop(self) -> None:
        """End the streams on which clients only listen, so that nobody waits for them; calls go on to their end."""
        for exchange in tuple(self._under_way):
            if exchange.is_listening:
                exchange.end(Ending.STOPPING)

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[None, None]:
        """Live as long as the application around it."""
        looking = asyncio.create_task(self._answers.keep_looking())
        try:
            yield
        finally:
            looking.cancel()
            _ = await asyncio.gather(looking, return_exceptions=True)
            await self._upstream.aclose()

    def _read(self, scope: Scope) -> RequestHead:
        """Check what a server that replaces Host has to check itself, and take what may pass.

        The MCP server is one address: nothing below it is, and no spelling of a path reaches another.
        """
        hosts = [value for name, value in scope["headers"] if name.lower() == b"host"]
        if len(hosts) != 1:
            raise bad_request("send exactly one Host header", reason="host_missing")
        if not is_allowed_host(hosts[0].decode("latin-1"), self._hosts):
            raise Refused(421, "invalid_request", "this is not the server of that host", reason="foreign_host")
        if scope["path"] not in self._paths:
            raise Refused(404, "not_found", "there is nothing at this address", reason="path")
        return read_head(scope["method"], scope["query_string"], scope["headers"], max_body_bytes=self._max_body_bytes)

    def _headers(self, head: RequestHead, scope: Scope, token: VerifiedToken) -> Sequence[Header]:
        headers = [*head.headers, *self._forwarded(scope), (HEADER, self._identity.about(token, self._clock.now()))]
        if head.session is not None:
            headers.append((b"mcp-session-id", self._sessions.open(head.session, token.public_id)))
        if head.framing is not None:
            headers.append(head.framing)
        return headers
