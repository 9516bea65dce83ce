"""What every change to the stored resources must respect."""

from doorward.oauth.protected_resource import Resource
from doorward.oauth.resource_catalogue import ResourceRules, collides, merge
from doorward.operations.ports import Stores


class ResourceRefused(ValueError):
    """The change cannot be made; the message is for people."""


class ResourceUnknown(LookupError):
    """There is no such resource."""


def require_changeable(rules: ResourceRules, identifier: str, *, becomes_default: bool = False) -> None:
    """Raises ResourceRefused for what the settings decide."""
    if rules.is_declared(identifier):
        raise ResourceRefused("the file of DOORWARD_RESOURCES_FILE declares this resource: change it there")
    if becomes_default and rules.default is not None:
        raise ResourceRefused("the file of DOORWARD_RESOURCES_FILE declares the default resource: change it there")


def require_free_names(stores: Stores, rules: ResourceRules, resource: Resource) -> None:
    """Raises ResourceRefused when another resource has one of its names."""
    others = merge(rules, [row for row in stores.resources.list() if row.identifier != resource.identifier])
    if collides(resource, [other for other in others if other.identifier != resource.identifier]):
        raise ResourceRefused("another resource has this identifier or one of these aliases")


def forget_answers(stores: Stores, identifier: str) -> None:
    """Forget what people allowed and declined at a resource of that identifier, which had other words for it."""
    stores.consents.forget_resource(identifier)
    stores.declined_scopes.forget_resource(identifier)
