"""Public origins: kept as strings, in the one spelling that browsers send too."""

import ipaddress
import re
from typing import Annotated

from pydantic import AfterValidator

from doorward.kit.urls import DEFAULT_PORTS, is_loopback_host

_ORIGIN = re.compile(r"(?P<scheme>https?)://(?P<host>\[[0-9a-f:.]+\]|[a-z0-9.-]+)(?::(?P<port>[1-9][0-9]{0,4}))?/?\Z")
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\Z")


def check_origin(value: str) -> str:
    """Return the origin without its trailing slash, if it is https, or http on a loopback host (T9, RFC 6454 §6.1).

    Raises:
        ValueError: it is something else, or spelt in a way that would not compare equal to what browsers send.
    """
    match = _ORIGIN.match(value)
    if match is None or not _is_host(match["host"]):
        raise ValueError(
            "must be an origin such as https://mcp.example.com, in lower case (xn-- for other scripts) "
            "and without user, path, query or fragment"
        )
    if match["scheme"] == "http" and not is_loopback_host(match["host"]):
        raise ValueError(
            "must start with https:// because plain http is accepted for localhost, 127.x.x.x and [::1] only"
        )
    if match["port"] is not None and int(match["port"]) > 65535:
        raise ValueError("must have a port from 1 to 65535")
    if match["port"] is not None and int(match["port"]) == DEFAULT_PORTS[match["scheme"]]:
        raise ValueError(f"must not spell out the port that {match['scheme']} has by default: leave it out")
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


Origin = Annotated[str, AfterValidator(check_origin)]
"""`https://host[:port]`, or http on this machine."""
