"""From where an address can be reached, as far as it says so itself."""

import re

from doorward.kit import urls
from doorward.kit.public_addresses import is_public

_LITERAL = re.compile(r"\[.*\]|[0-9.]+")
_NAMES_OF_NO_PLACE = ("localhost", "local", "internal", "test", "lan", "home.arpa")
"""Below which the public DNS has nothing, or should have (RFC 6761 §6, RFC 6762 §3, RFC 8375 §3)."""


def is_reached_from_the_cloud(address: str) -> bool:
    """Whether a client that runs in its vendor's cloud may reach it: `https`, and no place in a private network.

    A yes is no promise: a firewall does not show in an address.
    """
    parsed = urls.parse(address)
    if parsed is None or parsed.scheme != "https" or parsed.host is None:
        return False
    host = parsed.host.rstrip(".").lower()
    if _LITERAL.fullmatch(host):
        return is_public(host.strip("[]"))
    return "." in host and not any(host.endswith(f".{name}") for name in _NAMES_OF_NO_PLACE)
