"""What follows from what."""

import pytest

from doorward.kit.closure import Circular, closures


def test_everything_that_is_reached_is_included_once():
    assert {"a": {"a", "b", "c"}, "b": {"b", "c"}, "c": {"c"}, "d": {"d", "c"}} == closures(
        {"a": ["b", "c"], "b": ["c"], "c": [], "d": ["c"]}
    )


@pytest.mark.parametrize("circle", [{"a": ["a"]}, {"a": ["b"], "b": ["a"]}, {"a": ["b"], "b": ["c"], "c": ["b"]}])
def test_a_circle_is_refused(circle: dict[str, list[str]]):
    with pytest.raises(Circular):
        closures(circle)
