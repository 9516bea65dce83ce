"""Opaque credentials: made at random, wrapped until shown, hashed at rest, compared in constant time."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from enum import StrEnum


class TokenPrefix(StrEnum):
    """What an opaque value is, readable by people and by secret scanners."""

    CODE = "dwc_"
    REFRESH_TOKEN = "dwr_"
    ACCESS_TOKEN = "dwt_"
    CLIENT_SECRET = "dws_"
    API_KEY = "dwk_"
    REGISTRATION_ACCESS_TOKEN = "dwg_"
    INITIAL_ACCESS_TOKEN = "dwa_"
    BEARER_SESSION = "dwb_"
    BROWSER_SESSION = "dwn_"
    INVITATION = "dwi_"
    STATELESS_CLIENT = "dwp_"
    STORED_CLIENT = "dwd_"


@dataclass(frozen=True, slots=True, repr=False)
class Secret:
    """A value that never prints itself: not in logs, tracebacks or reprs."""

    _value: str

    def reveal(self) -> str:
        """Return the value, for the one response or header that carries it."""
        return self._value

    def __repr__(self) -> str:
        return "Secret(****)"

    __str__ = __repr__


def new_token(prefix: TokenPrefix) -> Secret:
    """Return a fresh credential of 256 random bits, of unreserved characters only."""
    return Secret(prefix + secrets.token_urlsafe(32))


def digest(value: str) -> bytes:
    """Return the SHA-256 of a random credential, the form in which it is stored.

    Random values of 128 bits and more need no slow hash (RFC 6819 §5.1.4.1.3).
    """
    return hashlib.sha256(value.encode("utf-8", "surrogatepass")).digest()


def same(left: str | bytes, right: str | bytes) -> bool:
    """Compare in constant time."""
    as_bytes = [v.encode("utf-8", "surrogatepass") if isinstance(v, str) else v for v in (left, right)]
    return hmac.compare_digest(as_bytes[0], as_bytes[1])
