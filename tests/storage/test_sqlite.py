"""SQLite: durable by default, and one file for several processes."""

import contextlib
import os
import shutil
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from doorward.storage import Database, DatabaseUrlError, open_database, sqlite
from doorward.storage.sqlite import SqliteDatabase
from tests.builders import a_claim, given_a_code, given_a_plain_user

PRAGMAS = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


def pragma(name: str):
    return lambda stores: stores.connection.exec_driver_sql(f"PRAGMA {name}").scalar()


@pytest.mark.parametrize(("name", "value"), PRAGMAS.items())
def test_every_connection_is_durable_and_strict(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, durable_prepare: object, name: str, value: object
):
    """WAL with synchronous=FULL: a consumed code stays consumed when the power fails."""
    monkeypatch.setattr(sqlite, "_prepare", durable_prepare)
    database = SqliteDatabase(f"sqlite:///{tmp_path}/doorward.db", pool_size=1)

    assert value == database.read(pragma(name))
    assert value == database.write(pragma(name))
    with contextlib.closing(database._connect_for_loop()) as of_loops:
        assert value == of_loops.execute(f"PRAGMA {name}").fetchone()[0]
    database.close()


def test_a_reader_waits_thirty_seconds_for_a_lock(sqlite_database: Database):
    assert 30_000 == sqlite_database.read(pragma("busy_timeout"))


def test_only_the_owner_can_read_the_file(tmp_path: Path):
    """It holds sealed keys and hashes of credentials."""
    path = tmp_path / "new.db"
    database = open_database(f"sqlite:///{path}")
    database.upgrade()

    modes = {stat.S_IMODE(file.stat().st_mode) for file in tmp_path.iterdir()}
    assert {0o600} == modes
    database.close()


def test_a_relative_path_is_relative_to_the_working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)

    database = open_database("sqlite:///here.db")
    database.upgrade()
    database.close()

    assert (tmp_path / "here.db").exists()


def test_a_folder_that_is_missing_is_told_with_its_mend(tmp_path: Path):
    with pytest.raises(DatabaseUrlError, match=r"missing/doorward.db cannot be made \(No such file.*\): make its dir"):
        open_database(f"sqlite:///{tmp_path}/missing/doorward.db")


PROCESS = """
import sys
from datetime import datetime
from doorward.storage import open_database
from doorward.oauth.ports import CodeClaim

url, now, hashes, challenge = sys.argv[1:]
database = open_database(url)
print("ready", flush=True)
sys.stdin.readline()
wins = 0
for code_hash in hashes.split(","):
    claim = CodeClaim(
        code_hash=bytes.fromhex(code_hash), client_id="dwd_client", redirect_uri=None,
        code_challenge=challenge, resource=None,
    )
    wins += database.token_path.redeem_code(claim, datetime.fromisoformat(now)) is not None
database.close()
print(wins, flush=True)
"""


def test_two_processes_on_one_file_redeem_each_code_once(sqlite_template: Path, tmp_path: Path):
    """Servers and commands share a file as a matter of course (T12)."""
    path = tmp_path / "shared.db"
    shutil.copyfile(sqlite_template, path)
    database = open_database(f"sqlite:///{path}")
    challenge = "c" * 43
    codes = [given_a_code(database, code_challenge=challenge) for _ in range(60)]
    arguments = [f"sqlite:///{path}", "2026-01-15T12:00:00+00:00"]
    arguments += [",".join(code.code_hash.hex() for code in codes), challenge]
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", PROCESS, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ,
        )
        for _ in range(2)
    ]
    for process in processes:
        assert process.stdout is not None
        assert "ready\n" == process.stdout.readline()
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    own = sum(database.token_path.redeem_code(a_claim(code), code.created_at) is not None for code in reversed(codes))
    wins = [int(process.communicate(timeout=60)[0]) for process in processes]

    assert 60 == own + sum(wins)
    assert [0, 0] == [process.returncode for process in processes]
    database.close()


def test_a_busy_process_lets_another_one_write(sqlite_template: Path, tmp_path: Path):
    """Under a steady load of one process, a second one waits for milliseconds, not for seconds."""
    path = tmp_path / "busy.db"
    shutil.copyfile(sqlite_template, path)
    busy, other = (open_database(f"sqlite:///{path}") for _ in range(2))
    stop = threading.Event()

    def keep_busy() -> None:
        while not stop.is_set():
            given_a_plain_user(busy)

    threads = [threading.Thread(target=keep_busy) for _ in range(8)]
    for thread in threads:
        thread.start()
    waits: list[float] = []
    for _ in range(20):
        before = time.monotonic()
        given_a_plain_user(other)
        waits.append(time.monotonic() - before)
    stop.set()
    for thread in threads:
        thread.join()
    busy.close()
    other.close()

    assert sorted(waits)[10] < 0.5
    assert max(waits) < 5
