"""URIs as strings: taken apart once, strictly, and never put together again."""

import ipaddress
import re
from dataclasses import dataclass
from functools import lru_cache

DEFAULT_PORTS = {"http": 80, "https": 443}
"""RFC 9110 §4.2."""

_URI = re.compile(
    r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*):"
    r"(?://(?P<authority>[^/?#]*))?(?P<path>[^?#]*)(?:\?(?P<query>[^#]*))?(?P<fragment>#.*)?\Z"
)
_AUTHORITY = re.compile(r"(?P<host>\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._~-]+)(?::(?P<port>[0-9]{1,5}))?\Z")
_CHARACTERS = re.compile(r"(?:[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})+\Z")


@dataclass(frozen=True, slots=True)
class Uri:
    """The parts of an absolute URI as they were written (RFC 3986 §3)."""

    scheme: str
    """In lower case."""
    host: str | None
    """As written, IPv6 with its brackets; None when there is no authority."""
    port: int | None
    path: str
    query: str | None
    has_fragment: bool

    @property
    def is_loopback(self) -> bool:
        """Whether the host is `localhost` or a loopback literal (RFC 8252 §7.3, §8.3)."""
        return self.host is not None and is_loopback_host(self.host)


def parse(text: str) -> Uri | None:
    """Take an absolute URI apart; None for anything that parsers could read in two ways.

    Refused: characters outside RFC 3986, userinfo, empty or non-ASCII hosts, ports above 65535.
    """
    return _parse_known(text) if len(text) <= _KNOWN_LENGTH else _parse(text)


def _parse(text: str) -> Uri | None:
    if not _CHARACTERS.match(text) or (match := _URI.match(text)) is None:
        return None
    host = port = None
    if (authority := match["authority"]) is not None and authority != "":
        if (parts := _AUTHORITY.match(authority)) is None:
            return None
        host, port = parts["host"], int(parts["port"]) if parts["port"] else None
        if port is not None and port > 65535:
            return None
        if host.startswith("[") and not _is_ipv6(host[1:-1]):
            return None
    return Uri(match["scheme"].lower(), host, port, match["path"], match["query"], match["fragment"] is not None)


_KNOWN_LENGTH = 300
_parse_known = lru_cache(maxsize=512)(_parse)
"""The few that come again and again; what strangers send takes no more than its place."""


def is_loopback_host(host: str) -> bool:
    """Whether a host is `localhost`, in 127.0.0.0/8 or `[::1]`, in its usual spelling."""
    if host.lower() == "localhost":
        return True
    try:
        address = ipaddress.ip_address(host[1:-1] if host.startswith("[") else host)
    except ValueError:
        return False
    return address.is_loopback and (address.version == 4 or address == ipaddress.IPv6Address("::1"))


def _is_ipv6(text: str) -> bool:
    try:
        ipaddress.IPv6Address(text)
    except ValueError:
        return False
    return True
