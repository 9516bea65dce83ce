"""The JSON-RPC messages of a request, read so that nobody behind could read them in another way."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NoReturn, cast

_TOOL_CALL = "tools/call"
_MIRRORED = {_TOOL_CALL: "name", "prompts/get": "name", "resources/read": "uri"}
"""Which parameter `Mcp-Name` repeats (MCP 2026-07-28, Standard Request Headers)."""
_OWN_NAMES = frozenset({"jsonrpc", "id", "method", "params"})
_PARAMETER_NAMES = frozenset({"name"})


class MalformedCall(ValueError):
    """The body is not one unambiguous JSON-RPC message, or batch of them; `code` is JSON-RPC's (§5.1)."""

    def __init__(self, code: int) -> None:
        super().__init__(str(code))
        self.code = code


@dataclass(frozen=True, slots=True)
class Call:
    """One request or notification."""

    method: str
    tool: str | None
    """The name of the tool, when it calls one."""
    id: object
    """None for a notification."""
    name: str | None = None
    """What `Mcp-Name` has to say; None where the body names nothing."""

    @property
    def mirrors_name(self) -> bool:
        """Whether `Mcp-Name` has a meaning for the method."""
        return self.method in _MIRRORED


def read_calls(body: bytes) -> Sequence[Call]:
    """The requests and notifications in a body; responses need nothing and are left out.

    Refused is what two parsers could read in two ways: members that are repeated, or that differ from those with a
    meaning in case alone, another encoding than UTF-8, NaN, lone surrogates in a method or the name of a tool.

    Raises:
        MalformedCall: it is something else.
    """
    try:
        value: object = json.loads(body.decode("utf-8"), object_pairs_hook=_unique, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        raise MalformedCall(-32700) from None
    messages = cast("list[object]", value) if isinstance(value, list) else [value]
    if not messages:
        raise MalformedCall(-32600)
    return [call for call in map(_read, messages) if call is not None]


def _read(message: object) -> Call | None:
    members = _object(message, _OWN_NAMES)
    if "method" not in members:
        return None
    method = _text(members["method"])
    tool = None
    if method == _TOOL_CALL:
        tool = _text(_object(members.get("params"), _PARAMETER_NAMES).get("name"))
    return Call(method, tool, members.get("id"), tool or _mirrored_name(method, members.get("params")))


def _mirrored_name(method: str, params: object) -> str | None:
    if method not in _MIRRORED or not isinstance(params, dict):
        return None
    name = cast("dict[str, object]", params).get(_MIRRORED[method])
    return name if isinstance(name, str) and _is_whole(name) else None


def _object(value: object, meaningful: Iterable[str]) -> dict[str, object]:
    if not isinstance(value, dict):
        raise MalformedCall(-32600)
    members = cast("dict[str, object]", value)
    if any(name not in meaningful and name.casefold() in meaningful for name in members):
        raise MalformedCall(-32600)
    return members


def _text(value: object) -> str:
    if not isinstance(value, str) or not _is_whole(value):
        raise MalformedCall(-32600)
    return value


def _is_whole(text: str) -> bool:
    """Whether it is text without lone surrogates."""
    return not any("\ud800" <= character <= "\udfff" for character in text)


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise MalformedCall(-32700)
    return members


def _refuse_constant(_name: str) -> NoReturn:
    raise MalformedCall(-32700)
