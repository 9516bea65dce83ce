"""The reference of the settings, derived from their declarations."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal, cast, get_args, get_origin

from pydantic.fields import FieldInfo

from doorward.settings.durations import write_duration
from doorward.settings.model import Settings, variable

_TYPES = {
    "data_dir": "path",
    "database_url": "address of a database",
    "mcp_base_url": "address",
    "dashboard_url": "address",
    "resources_file": "path",
    "secret_key": "comma list of secrets",
    "resource_documentation": "address of a page",
    "upstream_url": "address of an MCP server",
    "metrics_port": "port",
    "metrics_host": "address",
    "metrics_token": "secret",
    "otlp_endpoint": "address of a collector",
    "trusted_proxies": "comma list of networks",
}
_DEFAULTS = {"data_dir": "$XDG_DATA_HOME/doorward, or ~/.local/share/doorward"}


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingReference:
    """One setting, in words."""

    field: str
    variable: str
    type: str
    default: str
    """Empty when unset is the default."""
    description: str


def settings_reference() -> Sequence[SettingReference]:
    """Every setting, in the order of declaration."""
    return [
        SettingReference(
            field=name,
            variable=variable(name),
            type=_TYPES.get(name) or _type_of(field),
            default=_DEFAULTS.get(name) or written(cast("object", field.default)),
            description=field.description or "",
        )
        for name, field in Settings.model_fields.items()
    ]


def written(value: object) -> str:
    """A value as an operator would write it; empty for None and for nothing."""
    match value:
        case None:
            return ""
        case bool():
            return "1" if value else "0"
        case timedelta():
            return write_duration(value)
        case tuple():
            return ", ".join(str(item) for item in cast("tuple[object, ...]", value))
        case _:
            return str(value)


def _type_of(field: FieldInfo) -> str:
    annotation = field.annotation
    if get_origin(annotation) is Literal:
        return " | ".join(str(choice) for choice in cast("tuple[object, ...]", get_args(annotation)))
    names = {
        timedelta: "duration",
        bool: "1 | 0",
        int: "whole number",
        float: "number",
        str: "text",
    }
    return next((name for kind, name in names.items() if annotation is kind), "text")
