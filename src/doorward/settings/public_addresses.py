"""The public addresses of a server: configuration, never what a request says (T9)."""

from dataclasses import dataclass

from doorward.settings.errors import SettingsError
from doorward.settings.model import Settings
from doorward.settings.upstream import leads_to

LOCAL_HOSTS = ("localhost", "127.0.0.1", "::1")
"""What `http://localhost` leads to."""


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the world reaches the MCP server and the pages."""

    mcp_base_url: str
    dashboard_url: str


def addresses(settings: Settings, *, host: str, port: int) -> Addresses:
    """The addresses of a server that listens on `host` and `port`.

    Raises:
        SettingsError: it listens beyond this machine, and nobody said what its public address is; or that is the one
            of its MCP server; or what is to answer behind it is the server itself.
    """
    if settings.mcp_base_url is None and host not in LOCAL_HOSTS:
        raise SettingsError(
            "DOORWARD_MCP_BASE_URL must be set when --host is not localhost, 127.0.0.1 or ::1: "
            "set it to the https address under which people reach this server."
        )
    if settings.mcp_base_url is not None and settings.mcp_base_url.endswith("/http"):
        raise SettingsError(
            "DOORWARD_MCP_BASE_URL must not end in /http: that is where the MCP server is found below this address."
        )
    mcp_base_url = settings.mcp_base_url or ("http://localhost" if port == 80 else f"http://localhost:{port}")
    where = Addresses(mcp_base_url, settings.dashboard_url or mcp_base_url)
    if settings.upstream_url is not None and leads_to(
        settings.upstream_url, origins=(where.mcp_base_url, where.dashboard_url), port=port
    ):
        raise SettingsError(
            "DOORWARD_UPSTREAM_URL must not lead to this server itself: set it to the address of your MCP server."
        )
    return where
