"""Refresh tokens without a table."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorward.kit.keyring import Keyring
from doorward.oauth.tokens.refresh_token import RefreshToken, RefreshTokens

TOKENS = RefreshTokens(Keyring([b"s" * 32]))
ID = bytes(range(16))


@given(st.binary(min_size=16, max_size=16), st.integers(min_value=0, max_value=2**48 - 1))
def test_a_derived_token_reads_back_and_is_always_the_same(authorization_id: bytes, generation: int) -> None:
    token = TOKENS.derive(authorization_id, generation).reveal()

    assert RefreshToken(authorization_id, generation) == TOKENS.read(token)
    assert token == TOKENS.derive(authorization_id, generation).reveal()


def test_every_changed_character_is_noticed() -> None:
    token = TOKENS.derive(ID, 7).reveal()
    for at in range(len(token)):
        for other in "A_b":
            if token[at] != other:
                assert TOKENS.read(token[:at] + other + token[at + 1 :]) is None


@pytest.mark.parametrize("change", ["{}=", "{} ", " {}", "{}A", "x{}"])
def test_only_the_canonical_spelling_counts(change: str) -> None:
    assert TOKENS.read(change.format(TOKENS.derive(ID, 1).reveal())) is None


def test_a_token_of_another_secret_is_forged() -> None:
    token = TOKENS.derive(ID, 1).reveal()

    assert RefreshTokens(Keyring([b"x" * 32])).read(token) is None
    assert RefreshToken(ID, 1) == RefreshTokens(Keyring([b"x" * 32, b"s" * 32])).read(token)


@given(st.text(max_size=100))
def test_no_text_makes_the_reader_fail(text: str) -> None:
    assert TOKENS.read("dwr_" + text) is None
