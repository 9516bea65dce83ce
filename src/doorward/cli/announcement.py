"""What `doorward serve` says once it listens."""

from typing import TYPE_CHECKING

import doorward
from doorward.cli.config_values import shown_database

if TYPE_CHECKING:
    from doorward.settings import Addresses, Settings


def announcement(settings: "Settings", addresses: "Addresses", setup_link: str | None) -> str:
    """The text for the operator; `setup_link` is the one-time address that makes the first administrator."""
    lines = [
        f"Doorward {doorward.__version__} is ready.",
        "",
        "  Give this address to Claude and to every other MCP client:",
        f"    {addresses.mcp_base_url}/http",
        "  Use exactly this address: to a client, another spelling of it is another server.",
        "",
    ]
    if setup_link is not None:
        lines += [
            "  Create the first administrator here; the link works once, within 24 hours:",
            f"    {setup_link}",
            "",
        ]
    lines += [
        f"  MCP server         {settings.upstream_url or 'the built-in demo'}",
        f"  People sign in at  {addresses.dashboard_url}",
        f"  Database           {shown_database(settings)}",
        f"  Data directory     {settings.data_dir}",
        "  To stop            press Ctrl-C",
        "",
    ]
    return "\n".join(lines)
