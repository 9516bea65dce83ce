"""The resources that the settings name: the built-in one, and those of a file."""

import json
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import cast

from doorward.app.policies import MCP_PATH
from doorward.oauth.ports import OAuthDatabase
from doorward.oauth.protected_resource import Resource
from doorward.oauth.resource_catalogue import ResourceCatalogue, ResourceRules, collides
from doorward.oauth.resource_definition import DEFAULT_SCOPES, DefinitionLimits, InvalidDefinition, read_definition
from doorward.oauth.scope import Scope
from doorward.settings import Addresses, Settings, SettingsError

_VARIABLE = "DOORWARD_RESOURCES_FILE"
_MAX_BYTES = 1024 * 1024


def open_catalogue(settings: Settings, addresses: Addresses, database: OAuthDatabase) -> ResourceCatalogue:
    """The resources of an installation; what is stored comes with the first `reload`."""
    return ResourceCatalogue(database, resource_rules(settings, addresses))


def resource_rules(settings: Settings, addresses: Addresses) -> ResourceRules:
    """What the settings say about resources.

    Raises:
        SettingsError: the file cannot be read, or a definition in it is wrong.
    """
    limits = DefinitionLimits(access_token_lifetime=settings.access_token_lifetime)
    declared, default = _declared(settings.resources_file, limits) if settings.resources_file else ((), None)
    return ResourceRules(builtin=_builtin(settings, addresses), declared=declared, default=default, limits=limits)


def _builtin(settings: Settings, addresses: Addresses) -> Resource:
    return Resource(
        identifier=addresses.mcp_base_url + MCP_PATH,
        name=settings.resource_name,
        scopes=DEFAULT_SCOPES,
        default_scope=Scope((DEFAULT_SCOPES[0].name,)),
        documentation=settings.resource_documentation or addresses.dashboard_url,
    )


def _declared(path: Path, limits: DefinitionLimits) -> tuple[tuple[Resource, ...], str | None]:
    document = _read(path)
    items = document.get("resources")
    if set(document) != {"resources"} or not isinstance(items, list):
        raise SettingsError(f"{_VARIABLE} must name a file that holds a list `resources` and nothing else.")
    found: list[Resource] = []
    default = None
    for number, item in enumerate(cast("list[object]", items), start=1):
        if not isinstance(item, dict):
            raise SettingsError(f"{_VARIABLE}: resource {number} is not a table.")
        members = dict(cast("dict[str, object]", item))
        is_default = members.pop("default", False)
        if not isinstance(is_default, bool) or (is_default and default is not None):
            raise SettingsError(f"{_VARIABLE}: resource {number} has default, which one resource may set to true.")
        try:
            resource = read_definition(members, limits)
        except InvalidDefinition as error:
            raise SettingsError(f"{_VARIABLE}: resource {number} {error}.") from None
        if collides(resource, found):
            raise SettingsError(
                f"{_VARIABLE}: resource {number} has an address that another one has: give each its own."
            )
        found.append(resource)
        default = resource.identifier if is_default else default
    return tuple(found), default


def _read(path: Path) -> Mapping[str, object]:
    try:
        raw = path.read_bytes()
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise SettingsError(
            f"{_VARIABLE} names a file that cannot be read ({reason}): correct it or unset it."
        ) from None
    is_json = path.suffix == ".json"
    try:
        text = raw.decode("utf-8")
        document: object = json.loads(text) if is_json else tomllib.loads(text)
    except (ValueError, RecursionError):
        kind = "JSON" if is_json else "TOML"
        raise SettingsError(f"{_VARIABLE} names a file that is not {kind} in UTF-8: correct it.") from None
    if not isinstance(document, dict) or len(raw) > _MAX_BYTES:
        raise SettingsError(f"{_VARIABLE} must name a file that holds a list `resources` and nothing else.")
    return cast("dict[str, object]", document)
