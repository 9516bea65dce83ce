"""Which scope the requests to one resource need."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from doorward.resource_server.json_rpc import Call

ANY_TOOL = "*"
_NOTHING: Mapping[str, tuple[str, ...]] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRules:
    """Scope tokens that are needed, by what is asked for."""

    every: tuple[str, ...] = ()
    """Of every request."""
    tools: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: _NOTHING)
    """To call a tool, by its name; `*` stands for all that are not named."""
    methods: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: _NOTHING)
    """By the method of MCP."""
    included: Mapping[str, frozenset[str]] = field(default_factory=lambda: MappingProxyType({}))
    """Scope tokens that include others, each with all of them and itself."""

    @property
    def looks_inside(self) -> bool:
        """Whether what is needed depends on the body."""
        return bool(self.tools or self.methods)

    def missing(self, granted: Sequence[str], calls: Sequence[Call] = ()) -> tuple[str, ...]:
        """The scope tokens that are needed and not granted."""
        wanted = (*self.every, *(token for call in calls for token in self._needed(call))) if calls else self.every
        lacking = [token for token in wanted if token not in granted]
        if not lacking:
            return ()
        held = frozenset[str]().union(*(self.included.get(token, frozenset({token})) for token in granted))
        return tuple(dict.fromkeys(token for token in lacking if token not in held))

    def _needed(self, call: Call) -> tuple[str, ...]:
        needed = self.methods.get(call.method, ())
        if call.tool is None:
            return needed
        return (*needed, *self.tools.get(call.tool, self.tools.get(ANY_TOOL, ())))
