"""Make an MCP API key."""

from datetime import datetime

from doorward.audit import AuditEvent, AuditTag, RequestContext
from doorward.identity.api_keys import MAX_API_KEYS, ApiKeyRefused, new_api_key
from doorward.identity.records import ApiKey
from doorward.kit.secrets import Secret
from doorward.oauth.scope import MalformedScope, Scope
from doorward.operations.ports import ServerDatabase, Stores


def create_api_key(
    database: ServerDatabase,
    *,
    user_id: str,
    name: str,
    scope: str,
    resource: str,
    now: datetime,
    context: RequestContext,
) -> tuple[Secret, ApiKey]:
    """Return the key, which is shown this once, and its record.

    Raises:
        ApiKeyRefused: the name or the scope is unusable, there are too many keys, or the account is disabled.
    """
    try:
        granted = str(Scope.parse(scope))
    except MalformedScope:
        raise ApiKeyRefused("The scope of the key is malformed.") from None
    secret, key = new_api_key(user_id=user_id, name=name, scope=granted, resource=resource, now=now)

    def unit(stores: Stores) -> tuple[Secret, ApiKey]:
        user = stores.users.find(user_id)
        if user is None or user.disabled_at is not None:
            raise ApiKeyRefused("This account cannot make keys.")
        if len(stores.api_keys.list_of_user(user_id)) >= MAX_API_KEYS:
            raise ApiKeyRefused(f"There are {MAX_API_KEYS} keys already. Revoke one that is not used any more.")
        stores.api_keys.add(key)
        stores.audit.add(
            AuditEvent(
                tag=AuditTag.API_KEY_CREATED,
                at=now,
                user_id=user_id,
                context=context,
                detail={"api_key": key.public_id, "name": key.name},
            )
        )
        return secret, key

    return database.write(unit)
