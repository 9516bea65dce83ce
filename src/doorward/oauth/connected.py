"""What a client has already where it asks for more: the live connections of a person at a resource."""

from collections.abc import Iterable

from doorward.oauth.authorization_request import AuthorizationRequest
from doorward.oauth.policy import ScopeToken, scope_tokens_at
from doorward.oauth.protected_resource import Resource
from doorward.oauth.records import Authorization
from doorward.oauth.redirect_uri import redirect_host
from doorward.oauth.scope import Scope


def in_words(resource: Resource, scope: Iterable[str]) -> tuple[ScopeToken, ...]:
    """The scope tokens that a resource knows, in its own order."""
    names = frozenset(scope)
    return tuple(token for token in scope_tokens_at(resource) if token.name in names)


def scope_of(live: Iterable[Authorization]) -> frozenset[str]:
    """Everything that connections may do together."""
    return frozenset(token for authorization in live for token in authorization.scope)


def added(request: AuthorizationRequest, live: Iterable[Authorization]) -> tuple[ScopeToken, ...]:
    """What a request asks for beyond what the person saw of what is connected at the same host.

    Nothing where nothing is connected. A client id is no secret: whoever has the answer sent to another host is no
    connected app.
    """
    host = redirect_host(request.target.redirect_uri)
    same = [authorization for authorization in live if redirect_host(authorization.redirect_uri) == host]
    if not same:
        return ()
    return in_words(request.resource, request.scope.beyond(Scope.of(scope_of(same))))
