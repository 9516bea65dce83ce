"""Cross-origin headers of the endpoints that clients in web pages call (Fetch §3.2; interop R20)."""

ALLOWED_HEADERS = (
    "Authorization",
    "Content-Type",
    "Accept",
    "MCP-Protocol-Version",
    "Mcp-Session-Id",
    "Mcp-Method",
    "Mcp-Name",
    "Last-Event-ID",
    "DPoP",
)
EXPOSED_HEADERS = ("WWW-Authenticate", "Mcp-Session-Id", "DPoP-Nonce", "Retry-After")

ANSWER_HEADERS: tuple[tuple[bytes, bytes], ...] = (
    (b"access-control-allow-origin", b"*"),
    (b"access-control-expose-headers", ", ".join(EXPOSED_HEADERS).encode()),
)
"""On every answer: any origin, never with credentials."""

PREFLIGHT_HEADERS: tuple[tuple[bytes, bytes], ...] = (
    (b"access-control-allow-origin", b"*"),
    (b"access-control-allow-methods", b"GET, HEAD, POST, PUT, DELETE, OPTIONS"),
    (b"access-control-allow-headers", ", ".join(ALLOWED_HEADERS).encode()),
    (b"access-control-max-age", b"7200"),
)
"""On the answer to a preflight, before any authentication."""
