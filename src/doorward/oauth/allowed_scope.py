"""The scope that a client may have at a resource today, which bounds what is asked for and what is issued."""

from doorward.oauth.policy import OFFLINE_ACCESS
from doorward.oauth.protected_resource import Resource
from doorward.oauth.records import Client, ClientOrigin
from doorward.oauth.scope import Scope


def allowed_scope(client: Client, resource: Resource) -> Scope:
    """What the resource knows and, for an operator's client that is held to a scope, what that scope includes."""
    known = Scope.of((*resource.known_scope, OFFLINE_ACCESS.name))
    if client.origin is not ClientOrigin.OPERATOR or client.scope is None:
        return known
    return known.within(Scope.of(resource.expand(client.scope)))
