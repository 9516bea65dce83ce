"""How commands come by the settings and the installation they work on."""

import os
from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from doorward.app import Installation
    from doorward.settings import Settings

ServerPort = Annotated[
    int,
    typer.Option(
        "--port", min=1, max=65535, help="The port of `doorward serve`, when DOORWARD_MCP_BASE_URL is not set."
    ),
]
DEFAULT_PORT = 8000


def read_settings(*, quiet: bool = True) -> "Settings":
    """Read the settings and set the log up; `quiet` commands log warnings only, unless a level is asked for."""
    from doorward.logs import configure_logging
    from doorward.settings import load_settings

    settings = load_settings()
    asked = bool(os.environ.get("DOORWARD_LOG_LEVEL"))
    configure_logging(level="warning" if quiet and not asked else settings.log_level, log_format=settings.log_format)
    return settings


@contextmanager
def opened(*, check_secret: bool = True) -> Generator["Installation"]:
    """Open the installation that the environment describes; the database is made or upgraded first."""
    settings = read_settings()
    from doorward.app import open_installation

    with open_installation(settings, check_secret=check_secret) as installation:
        yield installation
