"""Whose a host is, near enough to count by: hosts of one site share its places, its queue and its look-ups."""

_REGISTRIES = frozenset({"ac", "co", "com", "edu", "gov", "net", "org"})
"""Second labels under which countries give names to everybody, as in `co.uk`."""


def site_of(host: str) -> str:
    """The last two labels, so that a wildcard is one site; three below a country's own registry."""
    if ":" in host or host.replace(".", "").isdigit():
        return host
    labels = host.split(".")
    is_registry = len(labels) > 2 and len(labels[-1]) == 2 and labels[-2] in _REGISTRIES
    return ".".join(labels[-3:] if is_registry else labels[-2:])
