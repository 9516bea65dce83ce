"""Finding and showing protected MCP servers on the command line."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from doorward.cli.failure import CommandFailed
from doorward.cli.opening import opened
from doorward.cli.output import show_fields, show_json

if TYPE_CHECKING:
    from doorward.app import Installation
    from doorward.oauth.policy import Policy
    from doorward.oauth.protected_resource import Resource
    from doorward.oauth.resource_catalogue import ResourceCatalogue


@dataclass(frozen=True, slots=True)
class OpenedResources:
    """An installation and its resources."""

    installation: "Installation"
    catalogue: "ResourceCatalogue"
    policy: "Policy"
    base_url: str

    def reload(self) -> None:
        """Read them again."""
        self.catalogue.reload(self.installation.clock.now())

    def require(self, name: str) -> "Resource":
        """The resource of that id, identifier or alias.

        Raises:
            CommandFailed: there is none.
        """
        from doorward.operations.describe_resource import find_resource_named

        resource = find_resource_named(self.catalogue, name)
        if resource is None:
            raise CommandFailed(
                f"There is no resource of this name: `doorward resources list` shows them.{self._assumption()}"
            )
        return resource

    def _assumption(self) -> str:
        if self.installation.settings.mcp_base_url is not None:
            return ""
        return (
            f" Without DOORWARD_MCP_BASE_URL the server is taken to be {self.base_url}: "
            "give --port if it listens on another."
        )


@contextmanager
def opened_resources(port: int) -> Generator[OpenedResources]:
    """Open the installation and read its resources."""
    from doorward.app.policies import build_policy
    from doorward.app.resources import open_catalogue
    from doorward.settings import addresses

    with opened() as installation:
        where = addresses(installation.settings, host="localhost", port=port)
        catalogue = open_catalogue(installation.settings, where, installation.database)
        policy = build_policy(installation.settings, where, catalogue)
        resources = OpenedResources(installation, catalogue, policy, where.mcp_base_url)
        resources.reload()
        yield resources


def show_resource(resources: OpenedResources, resource: "Resource", *, json: bool) -> None:
    """Print one resource."""
    from doorward.operations.describe_resource import describe_resource

    described = describe_resource(resources.catalogue, resource)
    if json:
        show_json(described)
        return
    show_fields({name.replace("_", " "): _text(value) for name, value in described.items()})
    tokens = {token.name: token for token in resource.scopes}
    show_fields({f"scope {name}": token.words for name, token in tokens.items()})


def _text(value: object) -> str:
    match value:
        case _ if value in (None, "", [], {}):
            return "-"
        case bool():
            return "yes" if value else "no"
        case list():
            return " ".join(_item(item) for item in cast("list[object]", value))
        case dict():
            return ", ".join(f"{name}={item}" for name, item in cast("dict[str, object]", value).items())
        case _:
            return str(value)


def _item(item: object) -> str:
    """A scope token by its name, with what it includes."""
    if not isinstance(item, dict):
        return str(item)
    token = cast("dict[str, object]", item)
    includes = cast("list[str]", token["includes"])
    return f"{token['name']}({'+'.join(includes)})" if includes else str(token["name"])
