"""The name of the route that a path belongs to: from a fixed list, for metrics and logs."""

from collections.abc import Iterable, Mapping

OTHER = "other"
"""The name of every address where nothing is."""


class RouteNames:
    """Templates such as `/setup/{token}`, and `aliases` for addresses that are another's second one."""

    def __init__(self, templates: Iterable[str], *, aliases: Mapping[str, str], prefixes: Mapping[str, str]) -> None:
        self._exact = dict(aliases)
        self._prefixes = dict(prefixes)
        self.add(templates)

    def add(self, templates: Iterable[str]) -> None:
        """Know more routes."""
        for path in templates:
            if "{" in path:
                self._prefixes[path.partition("{")[0]] = path
            else:
                self._exact[path] = path

    def of(self, path: str) -> str:
        """The name; a path nobody knows gets the one for all of them."""
        name = self._exact.get(path)
        if name is not None:
            return name
        return next((name for prefix, name in self._prefixes.items() if path.startswith(prefix)), OTHER)
