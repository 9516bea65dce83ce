"""Group commit: units that wait share one commit and nothing else."""

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from doorward.storage import DatabaseClosed, NestedUnitOfWork, WriteFailed
from doorward.storage.group_commit import GroupCommit
from doorward.storage.nesting import Nesting
from tests.builders import race

Unit = Callable[[sqlite3.Connection], object]


class File:
    """A SQLite file with one table, its writer, and the statements that end its transactions."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.ends: list[str] = []
        self.connection = self.connect()
        self.connection.execute("PRAGMA journal_mode = WAL").fetchall()
        self.connection.execute("CREATE TABLE numbers (number INTEGER PRIMARY KEY)")
        self.connection.set_trace_callback(self.trace)
        self.writer = GroupCommit(self.connection, Nesting())

    def connect(self) -> sqlite3.Connection:
        return sqlite3.connect(self.path, isolation_level=None, check_same_thread=False, timeout=0)

    def trace(self, statement: str) -> None:
        if statement in ("COMMIT", "ROLLBACK"):
            self.ends.append(statement)

    def numbers(self) -> list[int]:
        other = self.connect()
        rows = other.execute("SELECT number FROM numbers ORDER BY number").fetchall()
        other.close()
        return [number for (number,) in rows]

    def together(self, units: list[Unit]) -> list[object]:
        """Run the units in one group: they gather while another connection holds the lock."""
        other = self.connect()
        other.execute("BEGIN IMMEDIATE")

        def release() -> None:
            self.wait_for(len(units) - 1)
            other.execute("ROLLBACK")
            other.close()

        releasing = threading.Thread(target=release)
        releasing.start()
        outcomes = race(len(units), lambda number: self.writer.run(units[number]))
        releasing.join()
        return outcomes

    def wait_for(self, waiting: int) -> None:
        """Wait until so many units are in the queue, behind the one the writer has taken."""
        deadline = time.monotonic() + 10
        while self.writer._jobs.qsize() < waiting and time.monotonic() < deadline:
            time.sleep(0.001)


def insert(number: int) -> Unit:
    def unit(connection: sqlite3.Connection) -> int:
        connection.execute("INSERT INTO numbers VALUES (?)", (number,))
        return number

    return unit


@pytest.fixture
def file(tmp_path: Path) -> Iterator[File]:
    file = File(tmp_path / "numbers.db")
    yield file
    file.writer.close()
    file.connection.close()


def test_units_that_wait_share_one_commit(file: File):
    outcomes = file.together([insert(number) for number in range(20)])

    assert list(range(20)) == outcomes == file.numbers()
    assert ["COMMIT"] == file.ends


def test_a_unit_that_raises_harms_no_other(file: File):
    """Its savepoint is rolled back, its exception is its caller's, and the commit goes on."""

    def fail(connection: sqlite3.Connection) -> None:
        insert(99)(connection)
        raise RuntimeError("mine")

    outcomes = file.together([insert(1), fail, insert(2), fail, insert(1)])

    assert [1, 2] == file.numbers()
    assert 2 == sum(isinstance(outcome, RuntimeError) for outcome in outcomes)
    assert 1 == sum(isinstance(outcome, sqlite3.IntegrityError) for outcome in outcomes)
    assert {1, 2} == {outcome for outcome in outcomes if isinstance(outcome, int)}


def test_a_commit_that_fails_fails_for_every_unit_in_it(file: File):
    """No unit is told that it was kept when it was not."""
    file.connection.execute("PRAGMA foreign_keys = ON")
    file.connection.execute(
        "CREATE TABLE orphans (number INTEGER REFERENCES numbers (number) DEFERRABLE INITIALLY DEFERRED)"
    )

    def orphan(connection: sqlite3.Connection) -> None:
        connection.execute("INSERT INTO orphans VALUES (42)")

    outcomes = file.together([insert(1), orphan, insert(2)])

    assert all(isinstance(outcome, WriteFailed) for outcome in outcomes)
    assert [] == file.numbers()
    assert 3 == file.writer.run(insert(3))
    assert [3] == file.numbers()


def test_a_unit_that_breaks_the_transaction_fails_the_group(file: File):
    """As SQLite does by itself when the disk is full."""

    def end_it(connection: sqlite3.Connection) -> None:
        connection.execute("ROLLBACK")
        raise sqlite3.OperationalError("database or disk is full")

    outcomes = file.together([insert(1), end_it, insert(2)])

    # Those before it in the group are not kept; those after it are in the next one.
    kept = [outcome for outcome in outcomes if isinstance(outcome, int)]
    assert kept == file.numbers()
    assert all(isinstance(outcome, int | WriteFailed | sqlite3.OperationalError) for outcome in outcomes)
    assert isinstance(outcomes[1], sqlite3.OperationalError)
    assert 3 == file.writer.run(insert(3))


def test_an_answer_comes_after_the_commit(file: File):
    """What a caller was told is on disk for every other connection."""
    for number in range(20):
        file.writer.run(insert(number))

        assert number in file.numbers()


def test_a_group_ends_while_units_keep_coming(file: File):
    """The lock is held for at most 50 ms, so that other processes get their turn."""
    held: list[float] = []
    since = [0.0]

    def trace(statement: str) -> None:
        if statement == "BEGIN IMMEDIATE":
            since[0] = time.monotonic()
        elif statement == "COMMIT":
            held.append(time.monotonic() - since[0])

    file.connection.set_trace_callback(trace)

    def slow(_connection: sqlite3.Connection) -> None:
        time.sleep(0.005)

    file.together([slow] * 40)

    assert len(held) > 4
    assert sorted(held)[len(held) // 2] < 0.05


def test_the_writer_waits_for_another_connection_and_goes_on(file: File):
    other = file.connect()
    other.execute("BEGIN IMMEDIATE")
    threading.Timer(0.2, lambda: other.execute("COMMIT")).start()

    assert 1 == file.writer.run(insert(1))
    other.close()


def test_the_writer_gives_up_when_its_patience_ends(file: File, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("doorward.storage.group_commit.PATIENCE", 0.05)
    other = file.connect()
    other.execute("BEGIN IMMEDIATE")

    with pytest.raises(WriteFailed):
        file.writer.run(insert(1))

    other.execute("COMMIT")
    other.close()
    assert 1 == file.writer.run(insert(1))


def test_a_unit_that_calls_the_writer_again_is_refused(file: File):
    with pytest.raises(NestedUnitOfWork):
        file.writer.run(lambda _: file.writer.run(insert(1)))


def test_what_waits_is_finished_before_the_writer_closes(file: File):
    other = file.connect()
    other.execute("BEGIN IMMEDIATE")
    waiting = [threading.Thread(target=lambda number=number: file.writer.run(insert(number))) for number in (1, 2)]
    for thread in waiting:
        thread.start()
    file.wait_for(1)
    threading.Timer(0.05, lambda: other.execute("ROLLBACK")).start()
    file.writer.close()
    for thread in waiting:
        thread.join()
    other.close()

    assert [1, 2] == file.numbers()
    with pytest.raises(DatabaseClosed):
        file.writer.run(insert(2))
