"""Change a protected MCP server."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from doorward.audit import AuditEvent, AuditTag, RequestContext
from doorward.oauth.protected_resource import Resource
from doorward.oauth.records import StoredResource
from doorward.oauth.resource_catalogue import ResourceRules
from doorward.oauth.resource_definition import InvalidDefinition, read_definition, write_definition
from doorward.operations.ports import ServerDatabase, Stores
from doorward.operations.resource_changes import ResourceUnknown, require_changeable, require_free_names


def update_resource(
    database: ServerDatabase,
    rules: ResourceRules,
    *,
    identifier: str,
    changes: Mapping[str, object],
    is_default: bool | None,
    by: str | None = None,
    now: datetime,
    context: RequestContext,
) -> Resource:
    """Return the resource with some members of its definition replaced; what was granted before stays as it was.

    The built-in resource can be changed too: what is said of it is stored from then on.

    Raises:
        InvalidDefinition: the definition would be wrong, or another resource's.
        ResourceRefused: the settings decide about it, or another resource has its names.
        ResourceUnknown: there is none.
    """
    require_changeable(rules, identifier, becomes_default=is_default is True)
    if changes.get("identifier", identifier) != identifier:
        raise InvalidDefinition("has identifier, which cannot be changed: create another resource")

    def unit(stores: Stores) -> Resource:
        stores.resources.hold()
        before = stores.resources.find(identifier) or _builtin(rules, identifier, now)
        resource = read_definition({**before.definition, **changes}, rules.limits)
        require_free_names(stores, rules, resource)
        stores.resources.put(
            replace(
                before,
                definition=write_definition(resource),
                is_default=before.is_default if is_default is None else is_default,
                updated_at=now,
            )
        )
        detail = {"resource": identifier, "members": " ".join(sorted(changes))}
        stores.audit.add(AuditEvent(tag=AuditTag.RESOURCE_UPDATED, at=now, user_id=by, context=context, detail=detail))
        return resource

    return database.write(unit)


def _builtin(rules: ResourceRules, identifier: str, now: datetime) -> StoredResource:
    if identifier != rules.builtin.identifier:
        raise ResourceUnknown
    return StoredResource(
        identifier=identifier,
        definition=write_definition(rules.builtin),
        is_default=False,
        created_at=now,
        updated_at=now,
    )
