"""The clients, each as its package ships it, behind one way to be used."""

from tests.interop.unmodified import fastmcp_client, inspector, mcp_remote, python_sdk, typescript
from tests.interop.unmodified.setting import UnmodifiedClient

CLIENTS: dict[str, UnmodifiedClient] = {
    "mcp python SDK": python_sdk.stateful,
    "mcp python SDK, 2026-07-28": python_sdk.stateless,
    "fastmcp": fastmcp_client.fastmcp,
    "@modelcontextprotocol/sdk": typescript.version_1,
    "@modelcontextprotocol/client": typescript.version_2,
    "mcp-remote": mcp_remote.mcp_remote,
    "MCP Inspector": inspector.inspector,
}
