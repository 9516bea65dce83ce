"""An initial access token admits as many registrations as it may, and nobody after its end (RFC 7591 §3)."""

from datetime import datetime, timedelta

import pytest

from doorward.storage import Database
from tests.builders import NOW, an_initial_access_token, race

LATER = NOW + timedelta(hours=1)


def given_a_token(database: Database, **given: object):
    token = an_initial_access_token(**given)
    database.write(lambda stores: stores.initial_access_tokens.add(token))
    return token


def test_a_token_is_listed_as_it_was_added(database: Database):
    tokens = [
        given_a_token(database, id="a"),
        given_a_token(database, id="b", expires_at=LATER, uses_left=3, last_used_at=NOW, revoked_at=NOW),
    ]

    assert tokens == database.read(lambda stores: stores.initial_access_tokens.list())


def test_each_use_counts_and_is_remembered(database: Database):
    token = given_a_token(database, uses_left=2)

    def spend() -> tuple[int | None, datetime | None] | None:
        spent = database.write(lambda stores: stores.initial_access_tokens.spend(token.token_hash, LATER))
        return spent and (spent.uses_left, spent.last_used_at)

    assert [(1, LATER), (0, LATER), None] == [spend() for _ in range(3)]


def test_a_token_without_a_number_admits_any(database: Database):
    token = given_a_token(database)
    for _ in range(3):
        spent = database.write(lambda stores: stores.initial_access_tokens.spend(token.token_hash, NOW))
        assert spent is not None
        assert spent.uses_left is None


@pytest.mark.parametrize("uses", [1, 7])
def test_fifty_racers_get_exactly_the_uses_there_are(database: Database, uses: int):
    """The row count of one statement is the verdict."""
    token = given_a_token(database, uses_left=uses)
    outcomes = race(
        50, lambda _: database.write(lambda stores: stores.initial_access_tokens.spend(token.token_hash, NOW))
    )

    assert uses == sum(outcome is not None for outcome in outcomes)
    assert not [outcome for outcome in outcomes if isinstance(outcome, Exception)]


@pytest.mark.parametrize(
    "given", [{"expires_at": NOW}, {"revoked_at": NOW}, {"uses_left": 0}, {"expires_at": NOW - timedelta(days=1)}]
)
def test_what_has_ended_admits_nobody(database: Database, given):
    token = given_a_token(database, **given)

    assert database.write(lambda stores: stores.initial_access_tokens.spend(token.token_hash, NOW)) is None


@pytest.mark.parametrize("given", [{}, {"expires_at": LATER}, {"uses_left": 1}])
def test_what_is_live_admits(database: Database, given):
    token = given_a_token(database, **given)

    assert database.write(lambda stores: stores.initial_access_tokens.spend(token.token_hash, NOW)) is not None


def test_an_unknown_token_admits_nobody(database: Database):
    given_a_token(database)

    assert database.write(lambda stores: stores.initial_access_tokens.spend(b"unknown", NOW)) is None


def test_a_token_is_revoked_once(database: Database):
    token = given_a_token(database)

    def revoke(token_id: str) -> bool:
        return database.write(lambda stores: stores.initial_access_tokens.revoke(token_id, NOW))

    assert [True, False, False, False] == [revoke(each) for each in (token.id, token.id, "nobody", "\x00")]
