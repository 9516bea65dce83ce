"""The addresses that strangers may have us fetch: https, a public name, one spelling (RFC 3986 §6.2.1)."""

import re
from dataclasses import dataclass

from doorward.kit import urls

MAX_LENGTH = 500
HTTPS_PORT = 443
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_NAME = re.compile(rf"(?:{_LABEL}\.)+(?!\d+\Z){_LABEL}\Z")
_ESCAPE = re.compile(r"%(..)")
_DOTS = frozenset({".", ".."})
_UNRESERVED = re.compile(r"[A-Za-z0-9._~-]\Z")


@dataclass(frozen=True, slots=True)
class FetchTarget:
    """Where to ask, and for what."""

    url: str
    host: str
    """As it is resolved and as its certificate must name it, without brackets."""
    port: int
    is_loopback: bool


def read_fetch_target(url: str, *, allow_loopback: bool) -> FetchTarget | None:
    """Take an address apart; None when it is not one that may be fetched, or could be spelt otherwise.

    Required: `https`, a DNS name of several labels in lower case, no port, a path other than `/`. Refused: IP
    addresses, userinfo, fragments, dot segments, and escapes in lower case or of characters that need none.
    With `allow_loopback`, loopback hosts and their ports are accepted besides.
    """
    uri = urls.parse(url) if len(url) <= MAX_LENGTH else None
    if uri is None or not url.startswith("https://") or not uri.host or uri.has_fragment:
        return None
    if not uri.path.startswith("/") or uri.path == "/" or not _is_canonical(uri.path, uri.query or ""):
        return None
    if uri.is_loopback and uri.host == uri.host.lower():
        if not allow_loopback or uri.port == HTTPS_PORT:
            return None
        return FetchTarget(url, uri.host.strip("[]"), uri.port or HTTPS_PORT, is_loopback=True)
    if _NAME.match(uri.host) is None or len(uri.host) > 253 or f"{uri.host}/" != url[8 : 9 + len(uri.host)]:
        return None
    return FetchTarget(url, uri.host, HTTPS_PORT, is_loopback=False)


def _is_canonical(path: str, query: str) -> bool:
    escapes = _ESCAPE.findall(path + query)
    if any(escape != escape.upper() or _UNRESERVED.match(chr(int(escape, 16))) for escape in escapes):
        return False
    return _DOTS.isdisjoint(path.split("/"))
