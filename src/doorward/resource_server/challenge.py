"""The `WWW-Authenticate` challenge of a protected MCP server (RFC 6750 §3, RFC 9728 §5.1)."""

from collections.abc import Iterable


def challenge(
    *, resource_metadata: str, scope: Iterable[str], error: str | None = None, description: str | None = None
) -> str:
    """Return the one header value: where to learn how to get a token, and which scope to ask for.

    Without credentials in the request there is no `error` (RFC 6750 §3.1).
    """
    parameters = {"error": error, "error_description": description, "resource_metadata": resource_metadata}
    parameters["scope"] = " ".join(scope)
    return "Bearer " + ", ".join(f"{name}={_quoted(value)}" for name, value in parameters.items() if value)


def _quoted(value: str) -> str:
    """A quoted-string (RFC 9110 §5.6.4) of printable ASCII; nothing else can leave the quotes or the header."""
    printable = "".join(character for character in value if " " <= character <= "~")
    return '"' + printable.replace("\\", "\\\\").replace('"', '\\"') + '"'
