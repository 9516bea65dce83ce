"""The reference of the settings."""

from dev.reference.markdown import code, page, table
from doorward.settings import settings_reference


def settings_page() -> str:
    """Every environment variable."""
    rows = [
        (code(setting.variable), setting.type, code(setting.default), setting.description)
        for setting in settings_reference()
    ]
    return page(
        "Settings",
        "Doorward is configured by environment variables.\n"
        "An empty variable counts as unset.\n"
        "A wrong value, and a `DOORWARD_` name that is not in this table, stop the start with one sentence "
        "that names the variable and the mend.\n"
        "`doorward config show` prints the values in force.",
        table(("variable", "type", "default", "what it is for"), rows),
        "Durations are written `30s`, `15m`, `1h`, `30d`, as plain seconds, or as ISO 8601 (`PT1H`).\n"
        "`DOORWARD_BIN`, `DOORWARD_PORT`, `DOORWARD_PORT_*` and `DOORWARD_SERVICE_*` are ignored: "
        "container platforms set variables of these names.",
    )
