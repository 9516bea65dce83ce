"""Find code that nothing uses; templates use names too, and frameworks call what they find."""

# Vulture has no types.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false

import re
import sys
from pathlib import Path

from vulture.core import Vulture

ROOT = Path(__file__).parent.parent
TEMPLATES = ROOT / "src" / "doorward" / "web" / "templates"

CALLED_BY_FRAMEWORKS = (
    "__getattr__",  # Python, of a module (PEP 562)
    "__dir__",
    "__signature__",
    "branch_labels",  # Alembic, of a migration
    "cache_ok",  # SQLAlchemy, of a column type
    "depends_on",
    "collect",  # prometheus-client, of a collector
    "disconnected",  # uvicorn, of a request and its answer
    "dotenv_settings",  # pydantic-settings, of a source of settings
    "down_revision",
    "env_settings",
    "env_vars",
    "file_secret_settings",
    "format_commands",  # Typer, of a group and of a command
    "format_options",
    "impl",
    "keep_alive",
    "local_address",  # httpcore2, of a network
    "load_dialect_impl",
    "model_config",  # pydantic, of a model
    "process_bind_param",
    "process_result_value",
    "msg",  # uvicorn, of what a protocol answers
    "redirect_slashes",  # Starlette, of a router
    "send_400_response",
    "settings_cls",
    "settings_customise_sources",
    "socket_options",
    "_value_",  # enum, of a member
)
FIELDS = ("src/doorward/web/api/*", "src/doorward/*/records.py", "src/doorward/*/ports.py")
"""Where a variable is a member of a JSON document, a column of a table, or declared for an adapter."""
FOR_OTHERS = (
    "JwkSetKeys",  # what an MCP server of somebody else embeds
    "find_user_by_email",  # what the programs of an operator look up
    "keep_polling",
    "quirks",  # for people: the reference of the known clients
)
BY_VALUE = (
    "APPROVE",  # made from what was sent
    "token_endpoint_auth_signing_alg",  # a member of a pinned document
    "REGISTRATION_ACCESS_TOKEN",  # taken, so that secret scanners know the prefix before there is one
)
"""Members of enumerations that no line names."""


def main() -> int:
    """Print what is unused; fail when there is something."""
    in_templates = {word for path in TEMPLATES.glob("*.html") for word in re.findall(r"\w+", path.read_text("utf-8"))}
    vulture = Vulture(
        ignore_names=[*CALLED_BY_FRAMEWORKS, *FOR_OTHERS, *BY_VALUE, *sorted(in_templates)],
        ignore_decorators=["@router.*", "@server.tool", "@*.tool"],
    )
    vulture.scavenge([str(ROOT / "src"), str(ROOT / "dev")])
    unused = [item for item in vulture.get_unused_code(min_confidence=60) if not _is_field(item)]
    for item in unused:
        print(f"{Path(item.filename).relative_to(ROOT)}:{item.first_lineno}: unused {item.typ} {item.name}")
    return 1 if unused else 0


def _is_field(item: object) -> bool:
    path = Path(getattr(item, "filename", "")).relative_to(ROOT)
    return getattr(item, "typ", "") == "variable" and any(path.match(pattern) for pattern in FIELDS)


if __name__ == "__main__":
    sys.exit(main())
