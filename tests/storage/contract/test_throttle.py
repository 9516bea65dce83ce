"""The throttle: so many attempts in a period, and of racers no more than those."""

from datetime import timedelta

from doorward.storage import Database
from tests.builders import NOW, race

PERIOD = timedelta(minutes=15)


def take(database: Database, *, key: str = "key", burst: int = 3, now=NOW) -> timedelta | None:
    return database.write(lambda stores: stores.throttle.take(key, burst=burst, period=PERIOD, now=now))


def test_a_burst_is_allowed_and_the_next_one_must_wait(database: Database):
    assert [None, None, None] == [take(database) for _ in range(3)]
    assert timedelta(minutes=5) == take(database)
    assert timedelta(minutes=4) == take(database, now=NOW + timedelta(minutes=1))
    assert take(database, now=NOW + timedelta(minutes=5)) is None


def test_a_refused_attempt_is_not_counted(database: Database):
    for _ in range(3):
        take(database)
    for _ in range(100):
        take(database)

    assert timedelta(minutes=5) == take(database)


def test_attempts_come_back_evenly_and_never_more_than_the_burst(database: Database):
    for _ in range(3):
        take(database)

    long_after = NOW + timedelta(days=7)
    assert [None, None, None] == [take(database, now=long_after) for _ in range(3)]
    assert take(database, now=long_after) is not None


def test_of_racing_attempts_no_more_than_the_burst_pass(database: Database):
    outcomes = race(20, lambda _: take(database, burst=7))

    assert 7 == outcomes.count(None)


def test_keys_do_not_share_a_counter(database: Database):
    for key in ("one", "two", "\x00", "\ud800", "x" * 10_000):
        assert take(database, key=key, burst=1) is None
        assert take(database, key=key, burst=1) == PERIOD


def test_an_attempt_that_is_given_back_can_be_made_again(database: Database):
    for _ in range(3):
        take(database)

    database.write(lambda stores: stores.throttle.give_back("key", burst=3, period=PERIOD))

    assert take(database) is None
    assert timedelta(minutes=5) == take(database)


def test_giving_back_to_an_unknown_counter_does_nothing(database: Database):
    database.write(lambda stores: stores.throttle.give_back("key", burst=3, period=PERIOD))

    assert [None, None, None] == [take(database) for _ in range(3)]
    assert take(database) is not None


def test_a_reset_counter_starts_again(database: Database):
    for _ in range(3):
        take(database)

    database.write(lambda stores: stores.throttle.reset("key"))

    assert [None, None, None] == [take(database) for _ in range(3)]
