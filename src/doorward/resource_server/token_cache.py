"""Verified tokens by the hash of their text, so that a token is verified once and no token is kept."""

import threading
from dataclasses import dataclass
from datetime import datetime, timedelta

from doorward.kit.secrets import digest
from doorward.resource_server.ports import VerifiedToken

MAX_API_KEY_AGE = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class Known:
    """A token that was good when it was looked at."""

    verified: VerifiedToken
    issued_at: datetime
    """Of an access token; when an API key was looked up."""
    is_api_key: bool = False


class TokenCache:
    """At most `limit` tokens; the oldest goes first. Safe to use from several threads."""

    def __init__(self, *, limit: int) -> None:
        self._limit = limit
        self._known: dict[bytes, Known] = {}
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._known)

    def find(self, token: str, now: datetime) -> Known | None:
        """What is known of the token; API keys are forgotten after a few seconds, as they can be revoked elsewhere."""
        known = self._known.get(digest(token))
        if known is None or (known.is_api_key and abs(now - known.issued_at) >= MAX_API_KEY_AGE):
            return None
        return known

    def keep(self, token: str, known: Known) -> None:
        """Remember a good token."""
        key = digest(token)
        with self._lock:
            _ = self._known.pop(key, None)
            while len(self._known) >= self._limit:
                del self._known[next(iter(self._known))]
            self._known[key] = known

    def clear(self) -> None:
        """Drop every token."""
        with self._lock:
            self._known.clear()

    def forget(self, token: str) -> None:
        """Drop a token that is over."""
        with self._lock:
            _ = self._known.pop(digest(token), None)
