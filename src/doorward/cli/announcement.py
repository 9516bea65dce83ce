"""What `doorward serve` says once it listens."""

from typing import TYPE_CHECKING

import doorward
from doorward.cli.config_values import shown_database
from doorward.kit.reach import is_reached_from_the_cloud

_EVERY_CLIENT = "Claude and to every other MCP client"
_CLIENTS_HERE = "Claude Code, Cursor, VS Code and every other MCP client that runs here"
_NOT_FOR_THE_CLOUD = (
    "  Claude and ChatGPT connect from the cloud and cannot reach it: they need a public https",
    "  address, in DOORWARD_MCP_BASE_URL.",
)

if TYPE_CHECKING:
    from doorward.settings import Addresses, Settings


def announcement(settings: "Settings", addresses: "Addresses", setup_link: str | None) -> str:
    """The text for the operator; `setup_link` is the one-time address that makes the first administrator."""
    address = f"{addresses.mcp_base_url}/http"
    is_public = is_reached_from_the_cloud(address)
    lines = [
        f"Doorward {doorward.__version__} is ready.",
        "",
        f"  Give this address to {_EVERY_CLIENT if is_public else _CLIENTS_HERE}:",
        f"    {address}",
        "  Use exactly this address: to a client, another spelling of it is another server.",
        *(() if is_public else _NOT_FOR_THE_CLOUD),
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
