"""The settings in use, with what they amount to when unset, and without their secrets."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, cast

if TYPE_CHECKING:
    from doorward.settings import SettingReference, Settings

MASK = "****"
_POSTGRESQL = re.compile(
    r"(?P<scheme>postgres(?:ql)?://)(?:(?P<user>[\w.-]*)(?::[^@/?#]*)?@)?(?P<place>[\w.:,\[\]%-]*(?:/[\w.-]*)?)(?:\?[^@#]*)?"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownSetting:
    """One setting as a person may see it."""

    reference: "SettingReference"
    value: str | None
    source: Literal["environment", "default"]


def shown_settings(settings: "Settings", environ: Mapping[str, str]) -> Sequence[ShownSetting]:
    """Every setting, in the order of declaration."""
    from doorward.settings import settings_reference

    return [
        ShownSetting(
            reference=reference,
            value=_shown(settings, reference.field) or None,
            source="environment" if environ.get(reference.variable) else "default",
        )
        for reference in settings_reference()
    ]


def shown_database(settings: "Settings") -> str:
    """The database in use, without user, password and options."""
    url = settings.effective_database_url.get_secret_value()
    if url.startswith("sqlite:"):
        return url
    match = _POSTGRESQL.fullmatch(url)
    return f"{match['scheme']}{match['place']}" if match else f"postgresql://{MASK}"


def _shown(settings: "Settings", field: str) -> str:
    from doorward.server_secret import secret_file
    from doorward.settings.reference import written

    match field:
        case "database_url":
            return shown_database(settings)
        case "secret_key":
            return MASK if settings.secret_key else f"in {secret_file(settings)}"
        case "metrics_token":
            return MASK if settings.metrics_token else ""
        case "mcp_base_url":
            return settings.mcp_base_url or "http://localhost:{port}"
        case "dashboard_url":
            return settings.dashboard_url or settings.mcp_base_url or "http://localhost:{port}"
        case _:
            return written(cast("object", getattr(settings, field)))
