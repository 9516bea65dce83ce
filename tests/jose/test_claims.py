"""Claims that every reader of tokens reads alike."""

from datetime import UTC, datetime

import pytest

from doorward.jose.claims import instant, sole_audience
from doorward.jose.errors import InvalidToken


def test_an_instant_is_whole_seconds():
    """RFC 7519 §2."""
    assert datetime(2026, 1, 1, tzinfo=UTC) == instant({"exp": 1_767_225_600}, "exp")


@pytest.mark.parametrize("value", [None, "1767225600", 1.5, True, [], 10**18, -(10**400)])
def test_anything_else_is_refused_by_its_name(value):
    with pytest.raises(InvalidToken, match="claim_exp"):
        instant({"exp": value}, "exp")


@pytest.mark.parametrize("audience", ["a", ["a"]])
def test_one_audience_has_two_spellings(audience):
    """RFC 7519 §4.1.3."""
    assert "a" == sole_audience({"aud": audience})


@pytest.mark.parametrize("audience", [None, [], ["a", "a"], ["a", "b"], [["a"]], [None], {"a": "a"}, 1])
def test_a_token_for_several_is_for_nobody(audience):
    """One that other servers accept, too, could be replayed."""
    assert sole_audience({"aud": audience}) is None
