"""Which Host headers a server answers to, so that a page under a foreign name cannot reach it by DNS rebinding."""

from collections.abc import Collection
from urllib.parse import urlsplit

from doorward.kit.urls import DEFAULT_PORTS

_LOOPBACK = ("localhost", "127.0.0.1", "[::1]")


def allowed_hosts(base_url: str) -> list[str]:
    """The host of the public address, and this machine's own names, which no DNS answer can take over.

    A reverse proxy that replaces Host by its upstream's loopback address therefore works.
    `:*` stands for any port.
    """
    parts = urlsplit(base_url)
    host = parts.netloc.lower()
    hosts = [host]
    if (port := DEFAULT_PORTS.get(parts.scheme)) is not None:
        hosts.append(f"{host}:{port}" if parts.port is None else host.removesuffix(f":{port}"))
    return [*dict.fromkeys(hosts), *_LOOPBACK, *(f"{name}:*" for name in _LOOPBACK)]


def is_allowed_host(host: str, allowed: Collection[str]) -> bool:
    """Whether a Host header is one of those (RFC 9110 §7.2)."""
    host = host.lower()
    name, _, port = host.rpartition(":")
    if "*" in host:
        return False
    return host in allowed or (port.isascii() and port.isdigit() and f"{name}:*" in allowed)
