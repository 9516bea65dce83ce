"""`doorward serve`."""

from typing import TYPE_CHECKING, Annotated

import typer

from doorward.cli.command import Command
from doorward.cli.opening import read_settings
from doorward.cli.output import say

if TYPE_CHECKING:
    from doorward.settings import Addresses, Settings


def serve(
    *,
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="The port to listen on.")] = 8000,
    workers: Annotated[int, typer.Option(min=1, max=64, help="Processes; more than one needs PostgreSQL.")] = 1,
) -> None:
    """Run the server until Ctrl-C: sign-in pages, OAuth endpoints and the protected MCP server."""
    settings = read_settings(quiet=False)
    import structlog

    from doorward.app import serve as run
    from doorward.cli.announcement import announcement

    log = structlog.get_logger(__name__)
    warn_of_relaxations(settings)

    def on_ready(addresses: "Addresses", setup_link: str | None) -> None:
        log.info(
            "serving",
            mcp_base_url=addresses.mcp_base_url,
            dashboard_url=addresses.dashboard_url,
            upstream_url=settings.upstream_url,
            workers=workers,
        )
        say(announcement(settings, addresses, setup_link))

    run(settings, host=host.strip("[]"), port=port, workers=workers, on_ready=on_ready)
    log.info("stopped")


def warn_of_relaxations(settings: "Settings") -> None:
    """Say loudly what was switched off; it is meant for tests and development only."""
    import structlog

    log = structlog.get_logger(__name__)
    if settings.rate_limits == "off":
        log.warning("rate_limits_off", setting="DOORWARD_RATE_LIMITS", meant_for="load tests only")


COMMAND = Command(("serve",), serve)
