"""Delete a protected MCP server."""

from datetime import datetime

from doorward.audit import AuditEvent, AuditTag, RequestContext
from doorward.oauth.resource_catalogue import ResourceRules
from doorward.operations.ports import ServerDatabase, Stores
from doorward.operations.resource_changes import ResourceUnknown, forget_answers, require_changeable


def delete_resource(
    database: ServerDatabase,
    rules: ResourceRules,
    *,
    identifier: str,
    by: str | None = None,
    now: datetime,
    context: RequestContext,
) -> int:
    """Delete the resource and revoke its Authorizations in the same transaction; how many ended.

    What people allowed or declined there is forgotten with it, so that nothing is remembered for a later one.
    The built-in resource goes back to what the settings say of it, and its Authorizations stay.

    Raises:
        ResourceRefused: the settings declare it.
        ResourceUnknown: there is none that is stored.
    """
    require_changeable(rules, identifier)

    def unit(stores: Stores) -> int:
        stores.resources.hold()
        if not stores.resources.delete(identifier):
            raise ResourceUnknown
        forget_answers(stores, identifier)
        ended = 0
        if identifier != rules.builtin.identifier:
            ended = stores.authorizations.revoke_of_resource(identifier, at=now, reason="resource_deleted")
        detail = {"resource": identifier, "authorizations": ended}
        stores.audit.add(AuditEvent(tag=AuditTag.RESOURCE_DELETED, at=now, user_id=by, context=context, detail=detail))
        return ended

    return database.write(unit)
