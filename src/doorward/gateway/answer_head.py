"""The head of an answer of the upstream: what a client may have of it, on an origin that is not the upstream's own."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from doorward.gateway.refusals import Header, bad_gateway

MAX_HEADERS = 100
MAX_HEAD_BYTES = 32 * 1024
MAX_SESSION_LENGTH = 512

PASSING = frozenset(
    (
        b"allow",
        b"content-disposition",
        b"content-encoding",
        b"content-language",
        b"content-type",
        b"etag",
        b"last-modified",
        b"retry-after",
        b"vary",
    )
)
"""And `mcp-…`. Cookies, redirects, challenges, CORS and policies of an origin are nobody's business but ours."""
OURS: tuple[Header, ...] = (
    (b"cache-control", b"no-store, no-transform"),
    (b"x-content-type-options", b"nosniff"),
)
UNBUFFERED = (b"x-accel-buffering", b"no")
"""For an nginx in front."""
SESSION = b"mcp-session-id"

_OF_MCP = re.compile(rb"mcp-[a-z0-9-]+\Z")
_SESSION = re.compile(rb"[!-~]+\Z")
_DIGITS = re.compile(rb"[0-9]{1,18}\Z")
_CHALLENGES = frozenset((401, 407))
_NOT_MODIFIED = 304


@dataclass(frozen=True, slots=True)
class AnswerHead:
    """What of an upstream's answer may pass."""

    status: int
    headers: tuple[Header, ...]
    session: bytes | None
    """The upstream's own session id."""
    is_stream: bool
    """Whether events follow, for as long as the upstream likes."""


def read_answer(status: int, headers: Sequence[Header], *, method: str) -> AnswerHead:
    """Take from an answer what the client may see.

    Raises:
        Refused: it is nothing that a client can make use of at this address. A 401 would look like a challenge of
            ours, and make the client throw its good token away; a redirect leads where the token is not for.
    """
    if len(headers) > MAX_HEADERS or sum(len(name) + len(value) for name, value in headers) > MAX_HEAD_BYTES:
        raise bad_gateway("upstream_head_too_large")
    if status in _CHALLENGES:
        raise bad_gateway("upstream_wants_credentials")
    if 300 <= status < 400 and status != _NOT_MODIFIED:
        raise bad_gateway("upstream_redirects")
    if not 200 <= status < 600:
        raise bad_gateway("upstream_status")
    lowered = [(name.lower(), value) for name, value in headers]
    nominated = frozenset(
        option.strip().lower() for name, value in lowered if name == b"connection" for option in value.split(b",")
    )
    passing = [(name, value) for name, value in lowered if may_pass(name) and name not in nominated]
    types = [value for name, value in passing if name == b"content-type"]
    if len(types) > 1:
        raise bad_gateway("upstream_repeats_header")
    is_stream = bool(types) and types[0].partition(b";")[0].strip().lower() == b"text/event-stream"
    kept = [header for header in passing if header[0] != SESSION]
    kept += [*OURS, *((UNBUFFERED,) if is_stream else ()), *_length(status, lowered, method=method)]
    return AnswerHead(status, tuple(kept), _session(passing), is_stream)


def may_pass(name: bytes) -> bool:
    """Whether a header, its name in lower case, is for the client."""
    return name in PASSING or _OF_MCP.match(name) is not None


def _session(passing: Sequence[Header]) -> bytes | None:
    """The session id, which is of visible ASCII characters (MCP streamable HTTP, session management)."""
    sessions = [value for name, value in passing if name == SESSION]
    if not sessions:
        return None
    if len(sessions) > 1 or len(sessions[0]) > MAX_SESSION_LENGTH or not _SESSION.match(sessions[0]):
        raise bad_gateway("upstream_session_id")
    return sessions[0]


def _length(status: int, headers: Sequence[Header], *, method: str) -> Sequence[Header]:
    """The length, where the upstream told it in one way; without it the body is sent in chunks (RFC 9112 §6.3)."""
    lengths = {value.strip() for name, value in headers if name == b"content-length"}
    chunked = any(name == b"transfer-encoding" for name, _ in headers)
    if chunked or len(lengths) != 1 or status in (204, _NOT_MODIFIED):
        return ()
    (length,) = lengths
    return ((b"content-length", length),) if _DIGITS.match(length) else ()
