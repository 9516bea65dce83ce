"""Claims that every reader of tokens must read alike."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import cast

from doorward.jose.errors import InvalidToken


def instant(claims: Mapping[str, object], name: str) -> datetime:
    """A NumericDate (RFC 7519 §2), whole seconds.

    Raises:
        InvalidToken: the claim is missing, or is none.
    """
    value = claims.get(name)
    if not isinstance(value, int) or isinstance(value, bool):
        raise InvalidToken(f"claim_{name}")
    try:
        return datetime.fromtimestamp(value, UTC)
    except (ValueError, OverflowError, OSError):
        raise InvalidToken(f"claim_{name}") from None


def sole_audience(claims: Mapping[str, object]) -> str | None:
    """The one audience of a token (RFC 7519 §4.1.3); None where there is none, or another besides."""
    audience = claims.get("aud")
    if isinstance(audience, list):
        named = cast("list[object]", audience)
        audience = named[0] if len(named) == 1 else None
    return audience if isinstance(audience, str) else None
