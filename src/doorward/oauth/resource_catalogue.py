"""The resources of this server as one process sees them: what the settings say, and what operators stored."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import overload

import structlog

from doorward.oauth.ports import OAuthDatabase, OAuthStores
from doorward.oauth.protected_resource import Resource
from doorward.oauth.records import StoredResource
from doorward.oauth.resource_definition import DefinitionLimits, InvalidDefinition, read_definition

log = structlog.get_logger(__name__)

_ANY_LIFETIME = DefinitionLimits()
"""A setting that was lowered since shortens the tokens of stored resources; it does not remove them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceRules:
    """What the settings say about resources; it wins over what is stored."""

    builtin: Resource
    """The MCP server at `{base}/http`; an operator may replace what is said of it, and never remove it."""
    declared: tuple[Resource, ...] = ()
    default: str | None = None
    """The identifier of the declared default, if one is."""
    limits: DefinitionLimits = field(default_factory=DefinitionLimits)

    def is_declared(self, identifier: str) -> bool:
        """Whether the settings declare it, so that nobody changes it elsewhere."""
        return any(resource.identifier == identifier for resource in self.declared)


def merge(rules: ResourceRules, stored: Sequence[StoredResource]) -> tuple[Resource, ...]:
    """Every resource, the default first; what is stored and collides with what was there before is left out."""
    found = list(rules.declared)
    default = rules.default
    own = rules.builtin.identifier
    for row in sorted(stored, key=lambda row: row.identifier != own):
        try:
            resource = read_definition(row.definition, _ANY_LIFETIME)
        except InvalidDefinition as error:
            log.warning("stored_resource_ignored", resource=row.identifier, reason=str(error))
            continue
        fixed = found if row.identifier == own else [*found, rules.builtin]
        if collides(resource, fixed):
            log.warning("stored_resource_ignored", resource=row.identifier, reason="name_taken")
            continue
        found.append(resource)
        if row.is_default and default is None:
            default = resource.identifier
    if all(resource.identifier != own for resource in found):
        found.insert(0, rules.builtin)
    return tuple(sorted(found, key=lambda resource: resource.identifier != (default or own)))


def collides(resource: Resource, others: Sequence[Resource]) -> bool:
    """Whether a name of the resource is one of another's."""
    return any(
        not resource.keys.isdisjoint(other.keys) and resource.identifier != other.identifier for other in others
    ) or any(resource.identifier == other.identifier for other in others)


class ResourceCatalogue(Sequence[Resource]):
    """The resources, read from memory; `reload` alone touches the database, and a job calls it every few seconds."""

    def __init__(self, database: OAuthDatabase, rules: ResourceRules) -> None:
        self._database = database
        self.rules = rules
        self._current = merge(rules, ())
        self._loaded: object = None
        self._stored: frozenset[str] = frozenset()
        self._version = 0

    @overload
    def __getitem__(self, index: int) -> Resource: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Resource]: ...
    def __getitem__(self, index: int | slice) -> Resource | Sequence[Resource]:
        return self._current[index]

    def __len__(self) -> int:
        return len(self._current)

    def __iter__(self) -> Iterator[Resource]:
        return iter(self._current)

    @property
    def current(self) -> tuple[Resource, ...]:
        """The resources as they are now; another tuple once one has changed."""
        return self._current

    @property
    def version(self) -> str:
        """Changes when a resource does."""
        return str(self._version)

    def source_of(self, resource: Resource) -> str:
        """Where it is defined: `settings`, `database`, or `built-in`."""
        if self.rules.is_declared(resource.identifier):
            return "settings"
        return "database" if resource.identifier in self._stored else "built-in"

    def reload(self, now: datetime) -> None:
        """Take over what other processes changed; blocks, and costs one look when nothing did."""
        del now  # as every periodic job
        loaded = self._database.read(_load)
        if loaded == self._loaded:
            return
        stored, servers = loaded
        merged = merge(self.rules, stored)
        self._current = tuple(
            replace(resource, introspected_by=frozenset(servers.get(resource.identifier, ()))) for resource in merged
        )
        self._stored = frozenset(row.identifier for row in stored)
        self._loaded = loaded
        self._version += 1


def _load(stores: OAuthStores) -> tuple[Sequence[StoredResource], dict[str, frozenset[str]]]:
    return stores.resources.list(), stores.resources.servers()
