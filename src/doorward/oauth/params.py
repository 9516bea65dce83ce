"""Request parameters: read once, strictly, with ambiguity refused at the door."""

from collections.abc import Mapping
from urllib.parse import parse_qsl

from doorward.oauth.errors import InvalidRequest

MAX_BYTES = 64 * 1024
MAX_FIELDS = 64


class Params:
    """Request parameters (RFC 6749 §3.1, §3.2); an empty value counts as absent."""

    __slots__ = ("_values",)

    def __init__(self, values: Mapping[str, tuple[str, ...]]) -> None:
        self._values = values

    @classmethod
    def parse(cls, raw: bytes, *, max_bytes: int = MAX_BYTES) -> "Params":
        """Read `application/x-www-form-urlencoded` text.

        Raises:
            InvalidRequest: too long, too many fields, not UTF-8, or with NUL characters.
        """
        if len(raw) > max_bytes:
            raise InvalidRequest("the request is too large")
        try:
            pairs = parse_qsl(
                raw.decode("utf-8"),
                keep_blank_values=True,
                max_num_fields=MAX_FIELDS,
                encoding="utf-8",
                errors="strict",
            )
        except UnicodeDecodeError:
            raise InvalidRequest("the request is not valid UTF-8") from None
        except ValueError:
            raise InvalidRequest("the request has too many parameters") from None
        values: dict[str, tuple[str, ...]] = {}
        for name, value in pairs:
            if "\0" in value or "\0" in name:
                raise InvalidRequest("a parameter contains a NUL character")
            values[name] = (*values.get(name, ()), value)
        return cls(values)

    @classmethod
    def of(cls, values: Mapping[str, str | None]) -> "Params":
        """Build parameters from a mapping; None counts as absent."""
        return cls({name: (value,) for name, value in values.items() if value is not None})

    def get(self, name: str) -> str | None:
        """The first value, or None when it is absent or empty."""
        values = self._values.get(name)
        return values[0] or None if values else None

    def require(self, name: str) -> str:
        """The value.

        Raises:
            InvalidRequest: it is absent or empty.
        """
        value = self.get(name)
        if value is None:
            raise InvalidRequest(f"parameter {name} is required")
        return value

    def every(self, name: str) -> tuple[str, ...]:
        """Every value that is not empty."""
        return tuple(value for value in self._values.get(name, ()) if value)

    def is_present(self, name: str) -> bool:
        """Whether it was sent at all, empty or not."""
        return name in self._values

    def is_repeated(self, name: str) -> bool:
        """Whether it was sent more than once."""
        return len(self._values.get(name, ())) > 1

    def refuse_repeated(self, *, allowed: frozenset[str] = frozenset({"resource"})) -> None:
        """Raises InvalidRequest when a parameter that must not be repeated is (RFC 6749 §3.1, §3.2)."""
        if any(len(values) > 1 for name, values in self._values.items() if name not in allowed):
            raise InvalidRequest("a parameter is repeated")
