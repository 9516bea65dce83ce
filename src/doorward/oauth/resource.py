"""Resource indicators: read tolerantly, kept in one spelling (RFC 8707)."""

from collections.abc import Sequence

from doorward.oauth.errors import InvalidTarget
from doorward.oauth.policy import Policy
from doorward.oauth.protected_resource import Resource, comparison_key


def choose_resource(policy: Policy, requested: Sequence[str]) -> Resource:
    """The resource an authorization request is for; none requested means the default one.

    The same resource may be named twice; two resources in one request are refused.

    Raises:
        InvalidTarget: a value is malformed or names no resource of this server (RFC 8707 §2).
    """
    found = {resource.identifier: resource for resource in (find_resource(policy, text) for text in requested)}
    if len(found) > 1:
        raise InvalidTarget("exactly one resource can be requested", reason="resource_repeated")
    return next(iter(found.values()), policy.default_resource)


def find_resource(policy: Policy, text: str) -> Resource:
    """The resource that `text` names in any tolerated spelling.

    Raises:
        InvalidTarget: there is none.
    """
    for resource in policy.resources:
        if text == resource.identifier:
            return resource
    key = comparison_key(text)
    for resource in policy.resources:
        if key in resource.keys:
            return resource
    raise InvalidTarget(reason="resource_malformed" if key is None else "resource_unknown")
