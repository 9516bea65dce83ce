"""Register a protected MCP server."""

from collections.abc import Mapping
from datetime import datetime

from doorward.audit import AuditEvent, AuditTag, RequestContext
from doorward.oauth.protected_resource import Resource
from doorward.oauth.records import StoredResource
from doorward.oauth.resource_catalogue import ResourceRules
from doorward.oauth.resource_definition import read_definition, write_definition
from doorward.operations.ports import ServerDatabase, Stores
from doorward.operations.resource_changes import ResourceRefused, forget_answers, require_changeable, require_free_names


def create_resource(
    database: ServerDatabase,
    rules: ResourceRules,
    *,
    definition: Mapping[str, object],
    is_default: bool,
    by: str | None = None,
    now: datetime,
    context: RequestContext,
) -> Resource:
    """Return the resource; every process knows it within seconds. `by` is the administrator, None the operator.

    Raises:
        InvalidDefinition: the definition is wrong.
        ResourceRefused: there is such a resource, or the settings decide about it.
    """
    resource = read_definition(definition, rules.limits)
    require_changeable(rules, resource.identifier, becomes_default=is_default)
    stored = StoredResource(
        identifier=resource.identifier,
        definition=write_definition(resource),
        is_default=is_default,
        created_at=now,
        updated_at=now,
    )

    def unit(stores: Stores) -> None:
        stores.resources.hold()
        if stores.resources.find(resource.identifier) is not None:
            raise ResourceRefused("there is a resource of this identifier already")
        require_free_names(stores, rules, resource)
        forget_answers(stores, resource.identifier)
        stores.resources.put(stored)
        detail = {"resource": resource.identifier, "default": is_default}
        stores.audit.add(AuditEvent(tag=AuditTag.RESOURCE_CREATED, at=now, user_id=by, context=context, detail=detail))

    database.write(unit)
    return resource
