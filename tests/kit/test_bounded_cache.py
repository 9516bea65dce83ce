"""Caches with bounds."""

from datetime import UTC, datetime, timedelta

from doorward.kit.bounded_cache import AgingCache, BoundedCache

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def test_the_entry_unused_for_longest_goes_first() -> None:
    cache: BoundedCache[str, int] = BoundedCache(2)
    cache.put("a", 1)
    cache.put("b", 2)
    cache.get("a")
    cache.put("c", 3)

    assert (1, None, 3) == (cache.get("a"), cache.get("b"), cache.get("c"))


def test_an_aging_entry_is_believed_for_a_while_only() -> None:
    cache: AgingCache[str, int] = AgingCache(2, timedelta(seconds=5))
    cache.put("a", 1, NOW)

    assert 1 == cache.get("a", NOW + timedelta(seconds=4))
    assert cache.get("a", NOW + timedelta(seconds=5)) is None


def test_what_was_looked_up_is_kept() -> None:
    cache: AgingCache[str, int] = AgingCache(2, timedelta(seconds=5))
    numbers = iter((1, 2))
    seen = [cache.get_or("a", NOW, lambda: next(numbers)) for _ in range(2)]

    assert [1, 1] == seen
    assert cache.get_or("b", NOW, lambda: None) is None


def test_what_was_looked_up_before_a_change_is_not_kept_after_it() -> None:
    """Whoever read the old row just before must not have everybody believe it for seconds."""
    cache: AgingCache[str, int] = AgingCache(2, timedelta(seconds=5))

    def while_it_changes() -> int:
        cache.forget("a")
        return 1

    assert 1 == cache.get_or("a", NOW, while_it_changes)
    assert cache.get("a", NOW) is None
