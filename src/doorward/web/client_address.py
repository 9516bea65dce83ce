"""The address a request came from, believed from proxies only as far as the operator trusts them."""

import ipaddress
from collections.abc import Sequence

from starlette.types import Scope

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class ClientAddress:
    """Reads the peer address, or X-Forwarded-For from the right past every trusted proxy."""

    def __init__(self, trusted_proxies: Sequence[str]) -> None:
        """Raises ValueError for something that is no address or network."""
        self._trusted: tuple[Network, ...] = tuple(
            ipaddress.ip_network(proxy, strict=False) for proxy in trusted_proxies
        )

    def of(self, scope: Scope) -> str | None:
        """The address of a request's client; None when the server does not know (a unix socket)."""
        client = scope.get("client")
        address = client[0] if client else None
        if not self._trusted or address is None or not self._is_trusted(address):
            return address
        forwarded = [value.decode("latin-1") for name, value in scope["headers"] if name == b"x-forwarded-for"]
        for hop in reversed([part.strip() for line in forwarded for part in line.split(",")]):
            if not _is_address(hop):
                break
            address = hop
            if not self._is_trusted(hop):
                break
        return address

    def _is_trusted(self, text: str) -> bool:
        return _is_address(text) and any(ipaddress.ip_address(text) in network for network in self._trusted)


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
