"""Transactions that PostgreSQL ended because of others are run again."""

import threading

import pytest

from doorward.kit.unit_of_work import DatabaseUnavailable
from doorward.storage import Database
from doorward.storage.postgres_conflicts import ATTEMPTS
from tests.builders import given_a_plain_user, race


def test_of_two_transactions_that_wait_for_each_other_both_succeed(postgres_database: Database):
    """PostgreSQL ends one of them (40P01); it is a function of its stores, so it can be run again."""
    users = [given_a_plain_user(postgres_database) for _ in range(2)]
    met = threading.Barrier(2)
    attempts: list[int] = []

    def disable_both(number: int) -> None:
        def unit(stores) -> None:
            is_first = attempts.count(number) == 0
            attempts.append(number)
            stores.connection.exec_driver_sql("SET LOCAL deadlock_timeout = '20ms'")
            stores.users.disable(users[number].id, users[number].created_at)
            if is_first:
                met.wait(10)
            stores.users.disable(users[1 - number].id, users[number].created_at)

        postgres_database.write(unit)

    assert [None, None] == race(2, disable_both)
    assert 3 == len(attempts)
    assert all(user.disabled_at for user in postgres_database.read(lambda stores: stores.users.list()))


@pytest.mark.parametrize("state", ["40001", "40P01"])
@pytest.mark.parametrize("verb", ["write", "read"])
def test_a_lost_race_is_run_again_a_few_times(postgres_database: Database, verb: str, state: str):
    attempts: list[int] = []

    def unit(stores) -> None:
        attempts.append(len(attempts))
        stores.connection.exec_driver_sql(f"DO $$ BEGIN RAISE SQLSTATE '{state}'; END $$")

    with pytest.raises(DatabaseUnavailable):
        getattr(postgres_database, verb)(unit)

    assert ATTEMPTS == len(attempts)


def test_a_database_that_is_at_fault_is_not_asked_again(postgres_database: Database):
    attempts: list[int] = []

    def unit(stores) -> None:
        attempts.append(len(attempts))
        stores.connection.exec_driver_sql("SET LOCAL statement_timeout = '10ms'; SELECT pg_sleep(1)")

    with pytest.raises(DatabaseUnavailable):
        postgres_database.write(unit)

    assert 1 == len(attempts)
