"""JSON from strangers: UTF-8, one object, no member twice, not too deep (RFC 8259)."""

import json
from typing import NoReturn

MAX_DEPTH = 32


class MalformedJson(ValueError):
    """The text is not one unambiguous JSON object."""


def read_object(raw: bytes) -> dict[str, object]:
    """Read a JSON object.

    Raises:
        MalformedJson: it is none, or has duplicate members, NaN, NUL characters, lone surrogates or too many levels.
    """
    try:
        text = raw.decode("utf-8")
        if _depth(text) > MAX_DEPTH:
            raise MalformedJson("too deep")
        value: object = json.loads(text, object_pairs_hook=_unique, parse_constant=_refuse_constant)
        if "\\ud" in text.lower():
            json.dumps(value, ensure_ascii=False).encode("utf-8")  # a lone surrogate is no text: ValueError
    except (ValueError, RecursionError):
        raise MalformedJson("not one JSON object") from None
    if not isinstance(value, dict) or "\\u0000" in text:
        raise MalformedJson("not a JSON object")
    return value  # pyright: ignore[reportUnknownVariableType]


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise MalformedJson("a member is repeated")
    return members


def _refuse_constant(name: str) -> NoReturn:
    raise MalformedJson(name)


def _depth(text: str) -> int:
    """An upper bound of the nesting: brackets within strings count as well."""
    depth = deepest = 0
    for character in text:
        if character in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif character in "]}":
            depth -= 1
    return deepest
