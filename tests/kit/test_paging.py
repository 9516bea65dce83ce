"""A cursor means one position, and nothing else means one."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorward.kit import b64
from doorward.kit.paging import Position

INSTANTS = st.datetimes(min_value=datetime(1970, 1, 1), max_value=datetime(9999, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
NAMES = st.text(st.characters(exclude_characters="\0", exclude_categories=("Cs",)), max_size=100)


@given(INSTANTS, NAMES)
def test_a_cursor_is_read_back(at: datetime, name: str) -> None:
    position = Position(at, name)

    assert position == Position.read(position.cursor())


@given(st.text())
def test_any_text_is_a_position_or_none(text: str) -> None:
    """Whatever a stranger sends is no failure."""
    position = Position.read(text)

    assert position is None or position.at - datetime(1970, 1, 1, tzinfo=UTC) >= timedelta(0)


@pytest.mark.parametrize(
    "raw", [b"", b"/", b"x/y", b"-1/y", b"1", b"1/\0", b"9" * 300 + b"/y", b"\xff/y", "\u0661/y".encode()]
)
def test_what_was_never_given_is_no_position(raw: bytes) -> None:
    assert Position.read(b64.encode(raw)) is None


def test_a_cursor_has_a_bound() -> None:
    assert Position.read(b64.encode(b"1/" + b"y" * 2_000)) is None
