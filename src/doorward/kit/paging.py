"""Where a page of a list ends: behind one row, whatever is added or deleted meanwhile."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from doorward.kit import b64

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_MAX_CURSOR = 1_000


@dataclass(frozen=True, slots=True)
class Position:
    """The row of that instant and id."""

    at: datetime
    id: str

    def cursor(self) -> str:
        """The position as an opaque text for a URL."""
        return b64.encode(f"{(self.at - _EPOCH) // _MICROSECOND}/{self.id}".encode())

    @classmethod
    def read(cls, cursor: str) -> "Position | None":
        """The position that a cursor means; None when it is none of ours."""
        raw = b64.decode(cursor) if len(cursor) <= _MAX_CURSOR else None
        try:
            instant, slash, name = (raw or b"").decode().partition("/")
            at = _EPOCH + int(instant) * _MICROSECOND if instant.isascii() and instant.isdigit() else None
        except (UnicodeDecodeError, OverflowError):
            return None
        return cls(at, name) if slash and at is not None and "\0" not in name else None
