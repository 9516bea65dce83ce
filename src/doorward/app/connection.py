"""One connection: uvicorn's HTTP protocol on httptools, with the limits that neither of them has.

A slow, endless or oversized request is answered in JSON and its connection closed, before or beside the application;
a request that arrives whole at once, as nearly all do, costs no timer and no extra task.
"""

import asyncio
import json
from typing import Any, cast

from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from doorward.app.edge import (
    MAX_BODY_BYTES,
    MAX_HEAD_BYTES,
    MAX_HEADERS,
    MAX_PIPELINED,
    MAX_TARGET_BYTES,
    REQUEST_SECONDS,
    STATE_KEY,
    Edge,
)

DRAIN_SECONDS = 2.0
DRAIN_BYTES = 1024 * 1024
SUSPICIOUS_SECONDS = 1.0
"""An unfinished request that is older gives its place to a newcomer when all places are taken."""
HARD_MARGIN = 200
"""Connections above the limit that are told so; those above are closed without a word."""

_ERRORS = {
    400: ("invalid_request", "the request is not valid HTTP"),
    408: ("invalid_request", "the request did not arrive in time"),
    413: ("invalid_request", "the body is too large"),
    414: ("invalid_request", "the address is too long"),
    431: ("invalid_request", "the headers are too many or too long"),
    503: ("temporarily_unavailable", "the server has too many connections or is stopping, try again"),
}


class _Refused(Exception):
    """The head breaks a limit."""


class Connection(HttpToolsProtocol):
    """A connection whose requests must arrive whole, in time and within bounds."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._edge: Edge = app_state.get(STATE_KEY) or Edge()
        self._in_head: bool = False
        self._in_body: bool = False
        self.is_refused: bool = False
        self._received: int = 0
        """Bytes since the last request was complete; while draining, since the refusal."""
        self._refusal: int = 400
        self.waiting_since: float = 0.0
        self.deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take a place, or make one free, or say that there is none."""
        super().connection_made(transport)
        self._watch()
        over = len(self.connections) - self._edge.max_connections
        if over <= 0 or self._make_room():
            return
        if over > HARD_MARGIN:
            self._edge.on_cut_off(503)
            transport.abort()
        else:
            self.refuse(503)

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop watching."""
        self._unwatch()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take in what came, and look at the clock and the limits where a request is still incomplete."""
        self._received += len(data)
        if self.is_refused:
            if self._received > DRAIN_BYTES:
                self.transport.abort()
            return
        if self.deadline is not None and not (self._in_head or self._in_body):
            self._unwatch()
        super().data_received(data)
        if self.is_refused:
            return
        if not (self._in_head or self._in_body):
            self._received = 0
            if self.deadline is not None:
                self._unwatch()
            return
        if self.deadline is None:
            self._watch()
        if self._in_head and self._received > MAX_HEAD_BYTES:
            self.refuse(431)
        elif self._in_body and self._received > MAX_BODY_BYTES:
            self.refuse(413)

    def on_message_begin(self) -> None:
        """A head begins."""
        self._in_head = True
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """The head is complete: check its size, then let the application begin."""
        self._in_head, self._in_body = False, True
        if len(self.headers) > MAX_HEADERS:
            self._stop_parsing(431)
        if self._received > MAX_TARGET_BYTES:
            if len(self.url) > MAX_TARGET_BYTES:
                self._stop_parsing(414)
            if sum(len(name) + len(value) + 4 for name, value in self.headers) > MAX_HEAD_BYTES:
                self._stop_parsing(431)
        if len(self.pipeline) >= MAX_PIPELINED:
            self._stop_parsing(503)
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """The request is complete."""
        self._in_body = False
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        """Answer what the parser refused; uvicorn calls this."""
        self.refuse(self._refusal)

    def shutdown(self) -> None:
        """Finish the request in flight; one that has not arrived is not in flight."""
        self._edge.on_stop()
        self._unwatch()
        cycle = self._latest
        if self._in_body and cycle is not None and not cycle.response_started:
            self.refuse(503)
        else:
            super().shutdown()

    @property
    def is_idle(self) -> bool:
        """Whether its last request was answered, and no other has begun."""
        cycle = self._latest
        return cycle is not None and cycle.response_complete

    @property
    def _latest(self) -> RequestResponseCycle | None:
        """The latest request of this connection; uvicorn declares it without the None that it starts with."""
        return cast("RequestResponseCycle | None", self.cycle)

    def _stop_parsing(self, status: int) -> None:
        self._refusal = status
        raise _Refused

    def _watch(self) -> None:
        self.waiting_since = self.loop.time()
        self.deadline = self.loop.call_later(REQUEST_SECONDS, self._give_up)

    def _unwatch(self) -> None:
        if self.deadline is not None:
            self.deadline.cancel()
            self.deadline = None

    def _give_up(self) -> None:
        self.deadline = None
        if self.is_refused or not (self._in_head or self._in_body):
            self.transport.close()
        else:
            self.refuse(408)

    def _make_room(self) -> bool:
        """Close a connection that nobody waits on: an idle one, else the one whose request has taken longest."""
        slowest: Connection | None = None
        everyone = cast("set[Connection]", self.connections)
        for each in everyone:
            if each is self or each.is_refused or each.transport.is_closing():
                continue
            if each.deadline is None:
                if each.is_idle:
                    each.transport.close()
                    return True
            elif slowest is None or each.waiting_since < slowest.waiting_since:
                slowest = each
        if slowest is None or self.loop.time() - slowest.waiting_since < SUSPICIOUS_SECONDS:
            return False
        slowest.refuse(408)
        return True

    def refuse(self, status: int) -> None:
        """Answer in place of the application, where it has not begun to, and close the connection.

        The rest of what the client sends is read for a moment: a connection closed on unread bytes is reset, and
        the client would never see the answer (RFC 9112 §9.6).
        """
        if self.is_refused or self.transport.is_closing():
            return
        self.is_refused = True
        self._received = 0
        self._unwatch()
        self._unset_keepalive_if_required()
        self._edge.on_cut_off(status)
        cycle = self._latest
        if cycle is not None and not cycle.response_complete and (cycle.response_started or not self._in_body):
            # An earlier request of this connection is being answered: its answer is the last.
            cycle.keep_alive = False
            self.pipeline.clear()
            return
        if cycle is not None and not cycle.response_complete:
            cycle.disconnected = True
            cycle.message_event.set()
        if cycle is None or not cycle.response_complete or not self._in_body:
            self.transport.write(_answer(status))
        self.flow.resume_reading()
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self.deadline = self.loop.call_later(DRAIN_SECONDS, self.transport.close)


def _answer(status: int) -> bytes:
    error, description = _ERRORS[status]
    body = json.dumps({"error": error, "error_description": description}, separators=(",", ":")).encode()
    head = (
        b"content-type: application/json\r\ncache-control: no-store\r\npragma: no-cache\r\n"
        b"x-content-type-options: nosniff\r\nconnection: close\r\n"
    )
    retry = b"retry-after: 5\r\n" if status == 503 else b""
    return b"".join((STATUS_LINE[status], head, retry, b"content-length: %d\r\n\r\n" % len(body), body))
