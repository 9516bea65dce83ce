"""A running server for every flow, once on each kind of database."""

import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from doorward.storage import open_database
from tests.flows.documents import DocumentHost, a_document_host
from tests.flows.round_trips import without_jobs
from tests.flows.service import Service, StoppedClock, running, settings_for


@pytest.fixture(scope="session")
def postgres_template(new_postgres_database: Callable[[], str]) -> str:
    """The URL of a migrated, empty PostgreSQL database that nobody is connected to."""
    url = new_postgres_database()
    database = open_database(url)
    database.upgrade()
    database.close()
    return url


@pytest.fixture
def postgres_url(postgres_server: str, postgres_template: str, request: pytest.FixtureRequest) -> Iterator[str]:
    """A migrated, empty PostgreSQL database of this test's own."""
    import psycopg
    from psycopg.sql import SQL, Identifier

    template = urlsplit(postgres_template).path.lstrip("/")
    name = f"flow_{abs(hash(request.node.nodeid)):x}"
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute(SQL("CREATE DATABASE {} TEMPLATE {}").format(Identifier(name), Identifier(template)))
    yield postgres_server.replace("/postgres?", f"/{name}?", 1)
    with psycopg.connect(postgres_server, autocommit=True) as connection:
        connection.execute(SQL("DROP DATABASE {} WITH (FORCE)").format(Identifier(name)))


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a migrated, empty database, once of each kind."""
    if request.param == "postgres":
        return request.getfixturevalue("postgres_url")
    path = tmp_path / "doorward.db"
    shutil.copyfile(request.getfixturevalue("sqlite_template"), path)
    return f"sqlite:///{path}"


@pytest.fixture
async def service(tmp_path: Path, database_url: str) -> AsyncIterator[Service]:
    """A running server with one account."""
    async with running(settings_for(tmp_path, database_url, secret_key="k" * 40)) as started:
        yield started


@pytest.fixture
async def host(tmp_path: Path) -> AsyncIterator[DocumentHost]:
    """A host of documents on this machine."""
    folder = tmp_path / "authority"
    folder.mkdir()
    async with a_document_host(folder) as started:
        yield started


@pytest.fixture
async def service_beside_host(tmp_path: Path, database_url: str, host: DocumentHost) -> AsyncIterator[Service]:
    """A server without jobs on a clock that stands still, which may ask this machine."""
    settings = settings_for(tmp_path, database_url, secret_key="k" * 40, cimd_allow_loopback=True)
    with without_jobs():
        async with running(settings, clock=StoppedClock()) as started:
            yield started
