"""The tokens this server issues."""
