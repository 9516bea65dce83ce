"""The address of an MCP server behind this one: a string that is sent as it was written."""

import ipaddress
from collections.abc import Collection
from typing import Annotated

from pydantic import AfterValidator

from doorward.kit.urls import DEFAULT_PORTS, Uri, is_loopback_host, parse

MAX_LENGTH = 2000
_PRIVATE = tuple(
    ipaddress.ip_network(network) for network in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")
)
_PRIVATE_SUFFIXES = (".internal", ".local", ".localhost")
"""Names that no public server has (RFC 6761, RFC 6762, and ICANN's reservation of `internal`)."""


def check_upstream_url(value: str) -> str:
    """Return the address, if a request sent there with who is asking in it stays between the two servers.

    Raises:
        ValueError: it is no such address, or plain http would carry it over a network of others.
    """
    uri = parse(value) if len(value) <= MAX_LENGTH else None
    if uri is None or uri.host is None or uri.scheme not in DEFAULT_PORTS or uri.port == 0:
        raise ValueError(
            "must be the address of an MCP server such as https://mcp.example.com/mcp or http://127.0.0.1:9000/mcp, "
            "without user and password"
        )
    if uri.query is not None or uri.has_fragment or {".", ".."} & set(uri.path.split("/")):
        raise ValueError("must be an address without query, fragment and dot segments")
    if uri.scheme == "http" and not _is_nearby(uri.host):
        raise ValueError(
            "must start with https:// because plain http is accepted on this machine and on private networks only: "
            "localhost, private addresses, names without a dot, .internal and .local"
        )
    return value


def leads_to(url: str, *, origins: Collection[str], port: int) -> bool:
    """Whether an upstream is the server of these origins, which listens on `port` of this machine."""
    uri = parse(url)
    if uri is None or uri.host is None:
        return False
    if is_loopback_host(uri.host) and _port(uri) == port:
        return True
    return any(
        own.host is not None and (own.host.lower(), _port(own)) == (uri.host.lower(), _port(uri))
        for own in map(parse, origins)
        if own is not None
    )


def _port(uri: Uri) -> int | None:
    return uri.port or DEFAULT_PORTS.get(uri.scheme)


def _is_nearby(host: str) -> bool:
    """Whether a host is this machine or on a private network: by its address, or by a name nobody has in public."""
    if is_loopback_host(host):
        return True
    try:
        address = ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        name = host.lower()
        return not name.rpartition(".")[2].isdigit() and ("." not in name or name.endswith(_PRIVATE_SUFFIXES))
    return any(address in network for network in _PRIVATE)


UpstreamUrl = Annotated[str, AfterValidator(check_upstream_url)]
"""`http(s)://host[:port][/path]`."""
