"""The built-in MCP server: enough tools to see that signing in works."""

from doorward.demo.app import Demo, create_demo

__all__ = ["Demo", "create_demo"]
