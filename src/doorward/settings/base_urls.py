"""Public addresses: kept as strings, in the one spelling that browsers send too."""

import ipaddress
import re
from typing import Annotated

from pydantic import AfterValidator

from doorward.kit.urls import DEFAULT_PORTS, is_loopback_host

_BASE_URL = re.compile(
    r"(?P<scheme>https?)://(?P<host>\[[0-9a-f:.]+\]|[a-z0-9.-]+)(?::(?P<port>[1-9][0-9]{0,4}))?"
    r"(?P<path>(?:/[A-Za-z0-9._~-]+)*)/?\Z"
)
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\Z")
_FORBIDDEN_SEGMENTS = frozenset({".", "..", ".well-known"})


def check_base_url(value: str) -> str:
    """Return the address without its trailing slash, if it is https, or http on a loopback host (T9, RFC 6454 §6.1).

    Raises:
        ValueError: it is something else, or spelt in a way that would not compare equal to what browsers send.
    """
    match = _BASE_URL.match(value)
    if match is None or not _is_host(match["host"]):
        raise ValueError(
            "must be an address such as https://mcp.example.com or https://example.com/mcp, its host in lower case "
            "(xn-- for other scripts) and without user, query or fragment"
        )
    if match["scheme"] == "http" and not is_loopback_host(match["host"]):
        raise ValueError(
            "must start with https:// because plain http is accepted for localhost, 127.x.x.x and [::1] only"
        )
    if match["port"] is not None and int(match["port"]) > 65535:
        raise ValueError("must have a port from 1 to 65535")
    if match["port"] is not None and int(match["port"]) == DEFAULT_PORTS[match["scheme"]]:
        raise ValueError(f"must not spell out the port that {match['scheme']} has by default: leave it out")
    if not _FORBIDDEN_SEGMENTS.isdisjoint(match["path"].split("/")):
        raise ValueError("must have a path without dot segments and without `.well-known`")
    return value.removesuffix("/")


def _is_host(host: str) -> bool:
    try:
        if host.startswith("["):
            return str(ipaddress.IPv6Address(host[1:-1])) == host[1:-1]
        if host.rpartition(".")[2].isdigit():
            return str(ipaddress.IPv4Address(host)) == host
    except ValueError:
        return False
    return len(host) <= 253 and all(_LABEL.match(label) for label in host.split("."))


BaseUrl = Annotated[str, AfterValidator(check_base_url)]
"""`https://host[:port][/path]`, or http on this machine."""
