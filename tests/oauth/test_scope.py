"""Scope."""

import pytest

from doorward.oauth.scope import MalformedScope, Scope


def test_repetitions_and_spaces_collapse_and_order_stays() -> None:
    assert "b a" == str(Scope.parse(" b  a b "))


@pytest.mark.parametrize("text", ['a"b', "a\\b", "é", "a\tb", "a\nb", "\x7f"])
def test_characters_outside_the_grammar_are_refused(text: str) -> None:
    """RFC 6749 §3.3."""
    with pytest.raises(MalformedScope):
        Scope.parse(text)


def test_sets() -> None:
    scope = Scope.parse("a b c")

    assert scope.covers(Scope.parse("c a"))
    assert not scope.covers(Scope.parse("a d"))
    assert "b a" == str(Scope.parse("b x a").within(scope))
    assert not Scope.parse("")
    assert "x d" == str(Scope.parse("a x d").beyond(scope))
