"""Which Host headers the demo answers to, so that a page under a foreign name cannot reach it by DNS rebinding."""

from urllib.parse import urlsplit

from doorward.kit.urls import DEFAULT_PORTS

_LOOPBACK = ("localhost", "127.0.0.1", "[::1]")


def allowed_hosts(base_url: str) -> list[str]:
    """The host of the public address, and this machine's own names, which no DNS answer can take over.

    A reverse proxy that replaces Host by its upstream's loopback address therefore works.
    """
    parts = urlsplit(base_url)
    host = parts.netloc.lower()
    hosts = [host]
    if (port := DEFAULT_PORTS.get(parts.scheme)) is not None:
        hosts.append(f"{host}:{port}" if parts.port is None else host.removesuffix(f":{port}"))
    return [*dict.fromkeys(hosts), *_LOOPBACK, *(f"{name}:*" for name in _LOOPBACK)]
