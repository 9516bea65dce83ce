"""The environment, read into settings: unknown names and wrong values stop the start with one sentence."""

import difflib
import os
from collections.abc import Mapping

from pydantic import ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import EnvSettingsSource

from doorward.settings.durations import EXAMPLES
from doorward.settings.errors import SettingsError
from doorward.settings.model import ENV_PREFIX, Settings, variable

_FOREIGN_NAMES = ("BIN", "PORT")
_FOREIGN_PREFIXES = ("PORT_", "SERVICE_")
_MENDS = {
    "bool_parsing": "must be 1 or 0",
    "time_delta_parsing": f"must be a duration such as {EXAMPLES}",
}


def load_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Read the settings; an empty variable counts as unset.

    Raises:
        SettingsError: a value is wrong, or a `DOORWARD_…` name is not a setting (T16).
    """
    ours = own_variables(os.environ if environ is None else environ)
    _refuse_unknown_names(ours)
    source = EnvSettingsSource(Settings)
    source.env_vars = {name.lower(): value for name, value in ours.items()}
    try:
        return Settings.model_validate(source())
    except ValidationError as error:
        raise SettingsError(_sentence(error.errors(include_url=False)[0])) from None


def own_variables(environ: Mapping[str, str]) -> dict[str, str]:
    """The variables of an environment that are meant for Doorward and not empty."""
    return {
        name: value
        for name, value in environ.items()
        if value and name.upper().startswith(ENV_PREFIX) and not _is_foreign(name.upper().removeprefix(ENV_PREFIX))
    }


def _is_foreign(rest: str) -> bool:
    return rest in _FOREIGN_NAMES or rest.startswith(_FOREIGN_PREFIXES)


def _refuse_unknown_names(ours: Mapping[str, str]) -> None:
    known = [variable(field) for field in Settings.model_fields]
    for name in ours:
        if name in known:
            continue
        shown = "".join(char if char.isascii() and (char.isalnum() or char == "_") else "?" for char in name[:80])
        likely = difflib.get_close_matches(name.upper(), known, n=1, cutoff=0.8)
        mend = f"did you mean {likely[0]}?" if likely else "correct its name or unset it."
        raise SettingsError(f"{shown} is not a setting: {mend}")


def _sentence(error: ErrorDetails) -> str:
    field, context = str(error["loc"][0]), error.get("ctx", {})
    match error["type"]:
        case "value_error":
            clause = str(context["error"])
        case "literal_error":
            clause = "must be " + str(context["expected"]).replace("'", "")
        case "string_too_long":
            clause = f"must have at most {context['max_length']} characters"
        case kind:
            clause = _MENDS.get(kind) or _range(field) or "has a value that cannot be read: correct it or unset it"
    return f"{variable(field)} {clause}."


def _range(field: str) -> str | None:
    """What a number must be, from the bounds it was declared with."""
    info = Settings.model_fields[field]
    bounds = [getattr(rule, name) for name in ("ge", "le") for rule in info.metadata if hasattr(rule, name)]
    if len(bounds) != 2:
        return None
    return f"must be a {'whole ' if info.annotation is int else ''}number from {bounds[0]} to {bounds[1]}"
