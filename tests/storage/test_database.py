"""A database runs units of work: whole or not at all, on one snapshot, and never one inside another."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy.exc import DBAPIError

from doorward.kit.unit_of_work import DatabaseUnavailable
from doorward.storage import Database, DatabaseClosed, DatabaseUrlError, NestedUnitOfWork, open_database
from tests.builders import NOW, a_client, a_user, given_a_plain_user, race


@pytest.fixture
def memory_database():
    """A migrated SQLite database in memory."""
    database = open_database("sqlite://")
    database.upgrade()
    yield database
    database.close()


@pytest.fixture(params=["sqlite_database", "memory_database", "postgres_database"])
def any_database(request: pytest.FixtureRequest) -> Database:
    found: Database = request.getfixturevalue(request.param)
    return found


def test_a_unit_that_returns_is_kept(any_database: Database):
    user = a_user()

    answer = any_database.write(lambda stores: (stores.users.add(user), "answer")[1])

    assert "answer" == answer
    assert user == any_database.read(lambda stores: stores.users.find(user.id))


def test_a_unit_that_raises_is_undone_and_its_exception_goes_on(any_database: Database):
    class Refusal(Exception):
        pass

    user = a_user()

    def unit(stores):
        stores.users.add(user)
        raise Refusal

    with pytest.raises(Refusal):
        any_database.write(unit)

    assert any_database.read(lambda stores: stores.users.find(user.id)) is None


def test_a_read_unit_cannot_write(any_database: Database):
    with pytest.raises(DBAPIError):
        any_database.read(lambda stores: stores.users.add(a_user()))

    assert [] == any_database.read(lambda stores: stores.users.list())
    given_a_plain_user(any_database)


def test_a_read_unit_sees_one_snapshot(database: Database):
    """Whatever others commit in between, a unit reads the state it began with."""

    def unit(stores):
        before = stores.users.list()
        writer = threading.Thread(target=lambda: given_a_plain_user(database))
        writer.start()
        writer.join()
        return before, stores.users.list()

    before, after = database.read(unit)

    assert [] == before == after
    assert 1 == len(database.read(lambda stores: stores.users.list()))


@pytest.mark.parametrize("outer", ["read", "write"])
@pytest.mark.parametrize("inner", ["read", "write"])
def test_a_unit_that_calls_the_database_again_is_refused(any_database: Database, outer: str, inner: str):
    """It raises at once instead of waiting for itself."""

    def nested(_stores):
        getattr(any_database, inner)(lambda stores: stores.users.list())

    with pytest.raises(NestedUnitOfWork):
        getattr(any_database, outer)(nested)

    assert [] == any_database.read(lambda stores: stores.users.list())


def test_a_unit_that_calls_the_token_path_is_refused(any_database: Database):
    with pytest.raises(NestedUnitOfWork):
        any_database.write(lambda _: any_database.token_path.explain_code(b"code"))


def test_writers_on_many_threads_all_get_their_own_answer(any_database: Database):
    users = [a_user() for _ in range(50)]

    outcomes = race(50, lambda number: any_database.write(lambda stores: (stores.users.add(users[number]), number)[1]))

    assert list(range(50)) == outcomes
    assert 50 == len(any_database.read(lambda stores: stores.users.list()))


def test_readers_on_more_threads_than_connections_wait_for_their_turn(any_database: Database):
    given_a_plain_user(any_database)

    assert [1] * 50 == race(50, lambda _: any_database.read(lambda stores: len(stores.users.list())))


def test_a_fresh_database_can_be_reached_and_is_current(any_database: Database):
    any_database.check()
    assert any_database.is_current()
    assert any_database.clock_offset() < timedelta(seconds=5)


def test_a_closed_database_refuses_units(sqlite_template, new_postgres_database, tmp_path):
    for url in ("sqlite://", f"sqlite:///{tmp_path}/closed.db", new_postgres_database()):
        database = open_database(url)
        database.upgrade()
        database.close()
        database.close()

        for call in (database.write, database.read):
            with pytest.raises(DatabaseClosed):
                call(lambda stores: stores.users.list())
        with pytest.raises(DatabaseUnavailable):
            database.check()


def test_what_is_stored_is_there_when_the_database_is_opened_again(new_postgres_database, tmp_path):
    for url in (f"sqlite:///{tmp_path}/again.db", new_postgres_database()):
        first = open_database(url)
        first.upgrade()
        client = a_client(created_at=NOW)
        first.write(lambda stores, it=client: stores.clients.add(it))
        first.close()

        second = open_database(url)
        assert second.is_current()
        assert client == second.read(lambda stores, it=client: stores.clients.find(it.client_id))
        second.close()


@pytest.mark.parametrize(
    "url",
    [
        "",
        "mysql://root:s3cret@db/doorward",
        "postgresql+psycopg://doorward:s3cret@db/doorward",
        "sqlite:/relative.db",
        "sqlite:///",
        "sqlite:///file.db?password=s3cret",
        "postgresql://doorward:s3cret@db/doorward?no_such_option=s3cret",
        "postgresql://doorward:s3cret%00@db/doorward",
        "postgresql://doorward:s3cret@[::1/doorward",
    ],
)
def test_a_url_that_names_no_database_is_refused_without_being_repeated(url: str):
    """A URL holds the password, so no message does (threats.md S18)."""
    with pytest.raises(DatabaseUrlError) as refusal:
        open_database(url)

    assert "s3cret" not in str(refusal.value)
    assert refusal.value.__suppress_context__ or refusal.value.__context__ is None


def test_a_database_that_cannot_be_reached_says_so_without_its_password():
    database = open_database("postgresql://doorward:s3cret@127.0.0.1:1/doorward")

    for call in (database.check, database.is_current, database.upgrade, database.clock_offset):
        with pytest.raises(DatabaseUnavailable) as failure:
            call()
        error: BaseException | None = failure.value
        while error is not None:
            assert "s3cret" not in f"{error!r} {error}"
            error = error.__cause__ or error.__context__
    database.close()
