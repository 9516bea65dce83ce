"""Base64url in its canonical spelling."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorward.kit import b64


@given(st.binary(max_size=200))
def test_what_was_encoded_decodes_to_itself(data: bytes) -> None:
    assert data == b64.decode(b64.encode(data))


@given(st.text(max_size=60))
def test_any_text_decodes_to_nothing_or_is_the_canonical_spelling(text: str) -> None:
    decoded = b64.decode(text)

    assert decoded is None or b64.encode(decoded) == text


@pytest.mark.parametrize("text", ["QQ==", "QR", "Q", "Q+", "é", "QQ\n", " QQ", "A A="])
def test_padding_loose_bits_and_foreign_characters_are_refused(text: str) -> None:
    """One value has one spelling, so that no altered token passes (RFC 4648 §3.5)."""
    assert b64.decode(text) is None
