"""What the core wants from other people's servers: it names a fetch, an adapter runs it, the answer is a value."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum


class FetchKind(StrEnum):
    """What is fetched; it decides how large an answer may be and who takes it."""

    CLIENT_METADATA = "client_metadata_document"
    JWK_SET = "jwk_set"


class FetchOutcome(StrEnum):
    """What came of a fetch; why one failed is nobody's business but the log's."""

    FOUND = "found"
    """200, and JSON by its media type."""
    GONE = "gone"
    """404 or 410: whoever owns the address says that there is nothing."""
    FAILED = "failed"
    """Everything else: the network, a timeout, a redirect, an error, a forbidden address, too many bytes."""
    NOT_ASKED = "not_asked"
    """This server had no room to ask: nothing is learnt of the address, and the next one may try again."""


@dataclass(frozen=True, slots=True)
class Fetch:
    """One wish; equal wishes share one request."""

    kind: FetchKind
    url: str
    is_known: bool = field(default=False, compare=False)
    """Whether this server knew the address before anybody named it now: then strangers' addresses do not hold it up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """What came of it."""

    fetch: Fetch
    outcome: FetchOutcome
    at: datetime
    body: bytes = b""
    max_age: timedelta | None = None
    """For how long the answer says it may be kept (RFC 9111 §4.2.1); None when it does not say."""
    reason: str = ""
    """Why it failed, for the log only."""
