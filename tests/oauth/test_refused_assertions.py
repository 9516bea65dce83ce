"""Assertions of refused requests are used up, as many as strangers may use up."""

from datetime import timedelta

import pytest

from doorward.oauth.errors import InvalidClient, OAuthError, TooManyRequests
from doorward.oauth.records import UsedAssertion
from doorward.oauth.refused_assertions import RefusedAssertions
from doorward.storage import Database
from tests.builders import NOW, race

END = NOW + timedelta(minutes=5)


def outcome(memory: RefusedAssertions, number: int, *, now=NOW) -> type[OAuthError] | None:
    try:
        memory.use_up(UsedAssertion(number.to_bytes(32, "big"), END), now)
    except OAuthError as error:
        return type(error)
    return None


def test_a_second_use_is_a_failed_authentication(database: Database) -> None:
    memory = RefusedAssertions(database.token_path)

    assert [None, InvalidClient, None] == [outcome(memory, number) for number in (1, 1, 2)]


def test_of_racers_one_is_the_first(database: Database) -> None:
    memory = RefusedAssertions(database.token_path)

    assert 1 == race(50, lambda _: outcome(memory, 1)).count(None)


def test_what_strangers_can_fill_is_bounded(database: Database) -> None:
    """Anybody can register a key and be refused for ever (T8): beyond the rate nothing is written."""
    memory = RefusedAssertions(database.token_path, burst=3, rate=1)

    assert [None, None, None, TooManyRequests] == [outcome(memory, number) for number in range(4)]
    assert outcome(memory, 4, now=NOW + timedelta(seconds=1)) is None
    with pytest.raises(TooManyRequests) as refused:
        memory.use_up(UsedAssertion(bytes(32), END), NOW + timedelta(seconds=1))
    assert 1 == refused.value.retry_after
