"""Doorward: an OAuth 2.1 authorization server and identity provider for MCP servers, on your own machine."""

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from doorward.app.embedded import Doorward
    from doorward.resource_server.bearer_auth import BearerAuth
    from doorward.resource_server.verifier import TokenVerifier
    from doorward.settings import Settings

__version__ = "0.1.0"
__all__ = ["BearerAuth", "Doorward", "Settings", "TokenVerifier", "__version__"]

_HOMES = {
    "BearerAuth": "doorward.resource_server.bearer_auth",
    "Doorward": "doorward.app.embedded",
    "Settings": "doorward.settings",
    "TokenVerifier": "doorward.resource_server.verifier",
}


def __getattr__(name: str) -> object:
    """Import a public name when it is first used, so that `import doorward` costs nothing (PEP 562)."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(importlib.import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
