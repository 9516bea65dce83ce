"""A resource as operators see it."""

from doorward.oauth.protected_resource import Resource
from doorward.oauth.resource_catalogue import ResourceCatalogue
from doorward.oauth.resource_definition import write_definition


def describe_resource(catalogue: ResourceCatalogue, resource: Resource) -> dict[str, object]:
    """Its definition, and what only we know of it."""
    return {
        "id": resource.id,
        **write_definition(resource),
        "default": resource.identifier == catalogue[0].identifier,
        "source": catalogue.source_of(resource),
        "introspected_by": sorted(resource.introspected_by),
    }


def find_resource_named(catalogue: ResourceCatalogue, name: str) -> Resource | None:
    """The resource that an operator names by its id, its identifier or an alias."""
    return next((resource for resource in catalogue if name == resource.id or resource.is_named(name)), None)
