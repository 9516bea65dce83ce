"""Origins and hosts, compared as strings against the configured address, never with what a request says of itself."""

from urllib.parse import urlsplit

from doorward.kit.urls import DEFAULT_PORTS


def same_origin(origin: str, url: str) -> bool:
    """Whether an Origin header names the origin of `url` (RFC 6454 §6.1); `null` never does."""
    return origin.lower() == _origin_of(url)


def is_host_of(host: str, url: str) -> bool:
    """Whether a Host header names the host and port of `url`; the default port may be spelled out."""
    scheme, authority = _origin_of(url).split("://")
    lowered = host.lower()
    return lowered in (authority, f"{authority}:{DEFAULT_PORTS[scheme]}")


def _origin_of(url: str) -> str:
    parts = urlsplit(url)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    is_default = parts.port is None or parts.port == DEFAULT_PORTS[parts.scheme]
    return f"{parts.scheme}://{host}" + ("" if is_default else f":{parts.port}")
