"""What a request says twice: `Mcp-Method` and `Mcp-Name` beside the body (MCP 2026-07-28, Streamable HTTP)."""

import binascii
from base64 import b64decode
from collections.abc import Iterable

from doorward.resource_server.json_rpc import Call

HEADER_MISMATCH = -32020
"""MCP's code for headers that say something else than the body."""

_METHOD, _NAME = b"mcp-method", b"mcp-name"
_ENCODED, _END = b"=?base64?", b"?="


def contradict(headers: Iterable[tuple[bytes, bytes]], call: Call) -> bool:
    """Whether the headers, where they are there, name another method or thing than the call, or cannot be read.

    `Mcp-Name` is compared where MCP says what it mirrors; a header that comes twice agrees with nothing.
    """
    methods, names = list[bytes](), list[bytes]()
    for name, value in headers:
        lowered = name.lower()
        if lowered == _METHOD:
            methods.append(value.strip(b" \t"))
        elif lowered == _NAME:
            names.append(value.strip(b" \t"))
    if len(methods) > 1 or len(names) > 1:
        return True
    if methods and methods[0] != call.method.encode():
        return True
    return bool(names) and call.mirrors_name and (call.name is None or _decoded(names[0]) != call.name.encode())


def _decoded(value: bytes) -> bytes | None:
    """The UTF-8 text of a header; None when it claims to be Base64 and is not."""
    if not (value.startswith(_ENCODED) and value.endswith(_END) and len(value) >= len(_ENCODED) + len(_END)):
        return value
    try:
        return b64decode(value[len(_ENCODED) : -len(_END)], validate=True)
    except binascii.Error:
        return None
