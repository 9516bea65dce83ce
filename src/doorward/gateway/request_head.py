"""The head of a request to the upstream: a short list of what may pass, and our own words for the rest."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

from doorward.gateway.refusals import Header, Refused, bad_request, too_large

METHODS = ("GET", "POST", "DELETE", "HEAD")
"""Those of MCP streamable HTTP, and HEAD as GET has it."""
LISTS = frozenset((b"accept", b"accept-encoding", b"accept-language", b"tracestate"))
"""They may be sent in several lines, which mean one list (RFC 9110 §5.3)."""
SINGLE = frozenset((b"content-encoding", b"content-type", b"last-event-id", b"traceparent", b"user-agent"))
SESSION = b"mcp-session-id"

_OF_MCP = re.compile(rb"mcp-(?:method|name|protocol-version|session-id|param-[a-z0-9-]+)\Z")
"""Those that MCP defines, and no name beside them."""
_DIGITS = re.compile(rb"[0-9]{1,18}\Z")
_CREDENTIALS = b"access_token"


@dataclass(frozen=True, slots=True)
class RequestHead:
    """What of a client's request may pass, without a word about who asks."""

    method: str
    query: bytes
    headers: tuple[Header, ...]
    session: bytes | None
    """The session id as the client sent it."""
    framing: Header | None
    """How the length of the body is told; None when there is no body."""


def read_head(method: str, query: bytes, headers: Sequence[Header], *, max_body_bytes: int) -> RequestHead:
    """Take from a request what the upstream may see.

    Everything passes by name: whatever says who the caller is, or how the message travelled, is on no list, however
    it is spelt. What `Connection` names stays here (RFC 9110 §7.6.1).

    Raises:
        Refused: the method has no meaning, or the head could be read in two ways.
    """
    if method not in METHODS:
        allow = (b"allow", ", ".join((*METHODS, "OPTIONS")).encode())
        raise Refused(
            405, "invalid_request", "this method has no meaning here", reason="method_not_allowed", headers=(allow,)
        )
    lowered = [(name.lower(), value) for name, value in headers]
    nominated = frozenset(_nominated(lowered))
    passing = [(name, value) for name, value in lowered if may_pass(name) and name not in nominated]
    counted = Counter(name for name, _ in passing)
    if any(count > 1 and name not in LISTS for name, count in counted.items()):
        raise bad_request("a header is repeated that may be sent once only", reason="repeated_header")
    session = next((value for name, value in passing if name == SESSION), None)
    return RequestHead(
        method,
        _without_credentials(query),
        tuple(header for header in passing if header[0] != SESSION),
        session,
        _framing(method, lowered, max_body_bytes=max_body_bytes),
    )


def may_pass(name: bytes) -> bool:
    """Whether a header, its name in lower case, is for the upstream."""
    return name in LISTS or name in SINGLE or _OF_MCP.match(name) is not None


def _nominated(headers: Iterable[Header]) -> Iterable[bytes]:
    for name, value in headers:
        if name == b"connection":
            yield from (option.strip().lower() for option in value.split(b","))


def _framing(method: str, headers: Sequence[Header], *, max_body_bytes: int) -> Header | None:
    """Say the length again, in the one way that the sender meant (RFC 9112 §6.3)."""
    lengths = [value.strip() for name, value in headers if name == b"content-length"]
    encodings = [value.strip().lower() for name, value in headers if name == b"transfer-encoding"]
    if encodings:
        if lengths or encodings != [b"chunked"]:
            raise bad_request("the length of the body is ambiguous", reason="ambiguous_length")
        return b"transfer-encoding", b"chunked"
    if len(lengths) > 1 or not all(_DIGITS.match(length) for length in lengths):
        raise bad_request("the length of the body is ambiguous", reason="ambiguous_length")
    length = int(lengths[0]) if lengths else 0
    if length > max_body_bytes:
        raise too_large()
    return (b"content-length", str(length).encode()) if length or method == "POST" else None


def _without_credentials(query: bytes) -> bytes:
    """The query without a token that somebody put there; it never counts here (OAuth 2.1 §5.1), nor may it leak."""
    if _CREDENTIALS not in unquote_to_bytes(query).lower():
        return query
    kept = (pair for pair in query.split(b"&") if not _names_credentials(pair))
    return b"&".join(kept)


def _names_credentials(pair: bytes) -> bool:
    name = pair.partition(b"=")[0].replace(b"+", b" ")
    return _CREDENTIALS in unquote_to_bytes(name).lower()
