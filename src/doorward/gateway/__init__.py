"""The way through to an MCP server that knows no OAuth."""

from doorward.gateway.identity import IdentityAssertions
from doorward.gateway.proxy import Gateway
from doorward.gateway.sessions import BoundSessions
from doorward.gateway.upstream import Upstream

__all__ = ["BoundSessions", "Gateway", "IdentityAssertions", "Upstream"]
