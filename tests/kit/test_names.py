"""Names on one line, without what cannot be seen."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorward.kit.names import is_visible, one_line


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  my \t laptop\r\n", "my laptop"),
        ("e\u0301", "é"),
        ("a\u2028b\u00a0c", "a b c"),
        ("a\x1b[31mb\u202ec\u200bd", "a[31mbcd"),
        ("\u200b\u2066\x00", ""),
    ],
)
def test_a_name_is_kept_on_one_clean_line(typed: str, kept: str):
    """Nothing unseen reaches a terminal or a page (S54, S56)."""
    assert kept == one_line(typed)


@given(st.text())
def test_a_clean_name_stays_as_it_is(text: str):
    name = one_line(text)

    assert is_visible(name)
    assert name.isprintable() or not name
    assert one_line(name) == name == unicodedata.normalize("NFC", name)


@pytest.mark.parametrize(
    ("text", "expected"), [("a  b", True), ("a\nb", False), ("a\u202eb", False), ("\x1b", False), ("", True)]
)
def test_unseen_characters_are_noticed(text: str, expected: bool):
    assert expected == is_visible(text)
