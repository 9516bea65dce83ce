"""Column types that mean the same on both engines: instants, flags, lists and scopes."""

import base64
import json
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, Boolean, Integer, LargeBinary, Text
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator, TypeEngine

from doorward.oauth.scope import Scope

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

# Any: `Table` columns of different types share these; SQLAlchemy spells the parameter as Any, too.
BIG_INTEGER: TypeEngine[Any] = BigInteger().with_variant(Integer(), "sqlite")
TEXT = Text()
BYTES = LargeBinary()
INTEGER = Integer()


def to_microseconds(instant: datetime) -> int:
    """Return an aware instant as microseconds since 1970, exactly.

    Raises:
        ValueError: the instant is naive, so that nobody knows when it is.
    """
    if instant.tzinfo is None:
        raise ValueError("a naive datetime is no instant")
    return (instant - _EPOCH) // _MICROSECOND


def from_microseconds(microseconds: int) -> datetime:
    """Return the aware UTC instant."""
    return _EPOCH + microseconds * _MICROSECOND


def duration_microseconds(duration: timedelta) -> int:
    """Return a duration as microseconds, exactly."""
    return duration // _MICROSECOND


def is_storable(text: str) -> bool:
    """Whether both engines can hold this text; what they cannot hold is equal to nothing they do hold.

    PostgreSQL refuses U+0000, and lone surrogates have no UTF-8.
    """
    return ("\x00" not in text and text.isascii()) or not any(c == "\x00" or "\ud800" <= c <= "\udfff" for c in text)


def clean(text: str | None, *, limit: int = 2_000) -> str | None:
    """Return a stranger's text as both engines can hold it, for the audit trail."""
    if text is None or (is_storable(text) and len(text) <= limit):
        return text
    return "".join("\ufffd" if c == "\x00" or "\ud800" <= c <= "\udfff" else c for c in text[:limit])


class Instant(TypeDecorator[datetime]):
    """An aware UTC instant as microseconds since 1970."""

    impl = BigInteger
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(Integer() if dialect.name == "sqlite" else BigInteger())

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        return None if value is None else to_microseconds(value)

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        return None if value is None else from_microseconds(value)


class Flag(TypeDecorator[bool]):
    """A truth value: BOOLEAN, or 0 and 1 where strict tables know no BOOLEAN."""

    impl = Boolean
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(Integer() if dialect.name == "sqlite" else Boolean())

    def process_bind_param(self, value: bool | None, dialect: Dialect) -> bool | int | None:  # noqa: FBT001 - SQLAlchemy's interface
        return value if value is None or dialect.name != "sqlite" else int(value)

    def process_result_value(self, value: bool | int | None, dialect: Dialect) -> bool | None:  # noqa: FBT001
        return None if value is None else bool(value)


class Word(TypeDecorator[StrEnum]):
    """A word of a fixed vocabulary, as text."""

    impl = Text
    cache_ok = True

    def __init__(self, vocabulary: type[StrEnum]) -> None:
        super().__init__()
        self.vocabulary = vocabulary

    def process_bind_param(self, value: StrEnum | None, dialect: Dialect) -> str | None:
        return None if value is None else value.value

    def process_result_value(self, value: str | None, dialect: Dialect) -> StrEnum | None:
        return None if value is None else self.vocabulary(value)


class Json(TypeDecorator[Any]):
    """A JSON value as text."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: object, dialect: Dialect) -> str | None:
        return None if value is None else json.dumps(value, separators=(",", ":"))

    def process_result_value(self, value: str | None, dialect: Dialect) -> object:
        return None if value is None else json.loads(value)


def text_of_strings(strings: tuple[str, ...]) -> str:
    """Return a list of strings as it is stored: one text for each list."""
    return json.dumps(strings, separators=(",", ":"))


class Strings(TypeDecorator[tuple[str, ...]]):
    """A list of strings as a JSON array."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: tuple[str, ...] | None, dialect: Dialect) -> str | None:
        return None if value is None else text_of_strings(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> tuple[str, ...] | None:
        return None if value is None else tuple(json.loads(value))


class Hashes(TypeDecorator[tuple[bytes, ...]]):
    """A list of byte strings as a JSON array of base64."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: tuple[bytes, ...] | None, dialect: Dialect) -> str | None:
        return None if value is None else json.dumps([base64.b64encode(item).decode() for item in value])

    def process_result_value(self, value: str | None, dialect: Dialect) -> tuple[bytes, ...] | None:
        return None if value is None else tuple(base64.b64decode(item) for item in json.loads(value))


class ScopeText(TypeDecorator[Scope]):
    """A scope in its wire form (RFC 6749 §3.3)."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Scope | None, dialect: Dialect) -> str | None:
        return None if value is None else str(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> Scope | None:
        return None if value is None else Scope.parse(value)
