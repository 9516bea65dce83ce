"""Liveness and readiness as a supervisor sees them, on a composed server."""

from pathlib import Path

import httpx2
import pytest
import structlog
from sqlalchemy import Column, MetaData, String, Table, select, update
from sqlalchemy.schema import DropTable

from doorward.app import create_app, open_installation
from doorward.app.lifespan import ServerApp
from doorward.settings import Settings
from doorward.storage import Database
from doorward.storage.stores import SqlStores

pytestmark = pytest.mark.anyio
REVISIONS = Table("alembic_version", MetaData(), Column("version_num", String))
OK, UNAVAILABLE = (200, {"status": "ok"}), (503, {"status": "unavailable"})


@pytest.fixture(params=["sqlite", "postgres"])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    """The settings of an empty installation on each kind of database."""
    url = request.getfixturevalue("new_postgres_database")() if request.param == "postgres" else None
    return Settings.model_validate(
        {"data_dir": tmp_path / "data", "database_url": url, "secret_key": "a secret for the tests of probes"}
    )


async def probed(app: ServerApp, path: str, *, method: str = "GET") -> httpx2.Response:
    transport = httpx2.ASGITransport(app=app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://localhost:8000") as client:
        return await client.request(method, path)


async def readiness(app: ServerApp) -> tuple[int, object]:
    """What /readyz says; /healthz says yes all the while, and HEAD says the same without a body."""
    alive, ready = await probed(app, "/healthz"), await probed(app, "/readyz")
    head = await probed(app, "/readyz", method="HEAD")

    assert OK == (alive.status_code, alive.json())
    assert (ready.status_code, b"") == (head.status_code, head.content)
    assert "no-store" == ready.headers["cache-control"]
    return ready.status_code, ready.json()


def set_revision(database: Database, revision: str) -> str:
    """Let the database say that its schema is another revision; the one it said before."""

    def unit(stores: SqlStores) -> str:
        before = stores.connection.execute(select(REVISIONS.c.version_num)).scalar_one()
        stores.connection.execute(update(REVISIONS).values(version_num=revision))
        return before

    return database.write(unit)


@pytest.mark.parametrize("revision", ["r0000", "r9999"])
async def test_it_is_ready_while_the_schema_is_the_one_it_needs(settings: Settings, revision: str) -> None:
    """A process that another version left behind gets no more requests, and takes them again when it fits."""
    with open_installation(settings) as installation:
        app = create_app(installation, port=8000)
        before = await readiness(app)
        current = set_revision(installation.database, revision)
        with structlog.testing.capture_logs() as logged:
            meanwhile = await readiness(app)
        set_revision(installation.database, current)
        after = await readiness(app)

    assert [OK, UNAVAILABLE, OK] == [before, meanwhile, after]
    assert {"not_ready", "request"} == {entry["event"] for entry in logged}


async def test_it_is_not_ready_on_a_database_without_tables(settings: Settings) -> None:
    with open_installation(settings) as installation:
        app = create_app(installation, port=8000)
        installation.database.write(lambda stores: stores.connection.execute(DropTable(REVISIONS)))
        assert UNAVAILABLE == await readiness(app)


async def test_it_is_not_ready_once_the_database_is_closed(settings: Settings) -> None:
    with open_installation(settings) as installation:
        app = create_app(installation, port=8000)
        assert OK == await readiness(app)
        installation.database.close()
        assert UNAVAILABLE == await readiness(app)
