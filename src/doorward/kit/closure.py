"""What follows from what: names that include others, and those include more."""

from collections.abc import Iterable, Mapping


class Circular(ValueError):
    """A name includes itself, by whatever detour."""


def closures(includes: Mapping[str, Iterable[str]]) -> dict[str, frozenset[str]]:
    """Each name with everything it includes, itself among it.

    Raises:
        Circular: a name includes itself.
    """
    found: dict[str, frozenset[str]] = {}

    def follow(name: str, path: frozenset[str]) -> frozenset[str]:
        if name in path:
            raise Circular(name)
        if name not in found:
            below = (follow(other, path | {name}) for other in includes.get(name, ()))
            found[name] = frozenset({name}).union(*below)
        return found[name]

    for name in includes:
        follow(name, frozenset())
    return found
