"""A composed server runs its jobs: each test lets one job run at a fast pace, and the others never."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta

import anyio
import httpx2
import psycopg
import pytest

from doorward.app import Installation, create_app, open_installation
from doorward.app.lifespan import ServerApp
from doorward.audit import RequestContext
from doorward.operations.disconnect import disconnect
from doorward.operations.rotate_keys import rotate_keys
from doorward.settings import Settings
from tests.builders import a_code, a_session, a_user, an_unopened_authorization
from tests.flows.service import StoppedClock, claims_of, running

pytestmark = pytest.mark.anyio

PERIODS = {
    "revocations": "REVOCATION_POLL_SECONDS",
    "signing_keys": "KEY_RELOAD_SECONDS",
    "clock": "CLOCK_SECONDS",
    "tidy": "TIDY_SECONDS",
}
SLOWEST = 20.0
"""Seconds that a busy machine may need for a job that runs every few milliseconds."""


@pytest.fixture
def only(monkeypatch: pytest.MonkeyPatch) -> Callable[[str | None], None]:
    """Servers composed from now on run that one job at once, again and again."""

    def choose(job: str | None) -> None:
        for name, period in PERIODS.items():
            monkeypatch.setattr(f"doorward.app.web_app.{period}", 0.02 if name == job else 10_000)

    return choose


@asynccontextmanager
async def served(settings: Settings) -> AsyncIterator[tuple[Installation, ServerApp]]:
    """A running server with the clock that its installation came with."""
    with open_installation(settings) as installation:
        app = create_app(installation, port=8000)
        async with app.running():
            yield installation, app


async def until(holds: Callable[[], bool]) -> bool:
    """Wait for something to become true."""
    with anyio.move_on_after(SLOWEST):
        while True:
            if await anyio.to_thread.run_sync(holds):
                return True
            await anyio.sleep(0.02)
    return False


async def key_ids(app: ServerApp) -> set[str]:
    transport = httpx2.ASGITransport(app=app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://localhost:8000") as client:
        document = (await client.get("/.well-known/jwks.json")).json()
    return {key["kid"] for key in document["keys"]}


@pytest.mark.parametrize("job", ["revocations", None])
async def test_revocations_of_others_arrive_with_the_next_poll(
    settings: Settings, only: Callable[[str | None], None], job: str | None
) -> None:
    """The clock stands still, so the feed never looks old: without its job the token would go on."""
    only(job)
    async with running(settings, clock=StoppedClock()) as service:
        _, tokens = await service.connected()
        claims = claims_of(tokens["access_token"])
        bearer = {"authorization": f"Bearer {tokens['access_token']}"}
        before = await service.http.post("/http", json={}, headers=bearer)
        ended = disconnect(
            service.installation.database,
            user_id=str(claims["sub"]),
            public_id=str(claims["gid"]),
            now=service.clock.now(),
            context=RequestContext(),
        )
        status = 0
        with anyio.move_on_after(SLOWEST if job else 0.3):
            while status != 401:
                status = (await service.http.post("/http", json={}, headers=bearer)).status_code
                await anyio.sleep(0.02)

    assert before.status_code not in (401, 503)
    assert ended
    assert (status == 401) is (job is not None)


@pytest.mark.parametrize("job", ["signing_keys", None])
async def test_keys_that_others_made_are_taken_over(
    settings: Settings, only: Callable[[str | None], None], job: str | None
) -> None:
    """T14: a rotation by the command line reaches every server within seconds."""
    only(job)
    async with served(settings) as (installation, app):
        before = await key_ids(app)
        now = installation.clock.now()
        rotate_keys(installation.database, installation.keyring, now=now, context=RequestContext())
        after = before
        with anyio.move_on_after(SLOWEST if job else 0.3):
            while after == before:
                await anyio.sleep(0.02)
                after = await key_ids(app)

    assert (2, 3 if job else 2) == (len(before), len(after))
    assert before <= after


async def test_what_is_over_is_swept(settings: Settings, only: Callable[[str | None], None]) -> None:
    """S17: codes, sessions and what was never opened do not pile up."""
    only("tidy")
    async with served(settings) as (installation, _):
        now, user = installation.clock.now(), a_user()
        old = now - timedelta(days=40)
        authorization = an_unopened_authorization(user.id, created_at=old, expires_at=now + timedelta(days=300))
        over = a_code(authorization, created_at=old, expires_at=old + timedelta(seconds=60))
        gone, kept = a_session(user.id, expires_at=old), a_session(user.id, expires_at=now + timedelta(days=1))
        database = installation.database

        def given(stores) -> None:
            stores.users.add(user)
            stores.authorizations.add(authorization)
            stores.codes.add(over)
            stores.sessions.add(gone)
            stores.sessions.add(kept)

        database.write(given)
        is_over = await until(lambda: database.token_path.explain_code(over.code_hash) is None)
        left = [database.write(lambda stores, it=it: stores.sessions.delete(it.token_hash)) for it in (gone, kept)]

    assert is_over
    assert [False, True] == left


async def test_a_key_that_no_token_needs_any_more_is_deleted_while_the_server_runs(
    settings: Settings, only: Callable[[str | None], None]
) -> None:
    """The one before last goes when the last token it signed has ended."""
    only("tidy")
    async with served(settings) as (installation, app):
        before = await key_ids(app)
        long_ago = installation.clock.now() - timedelta(days=2)
        rotate_keys(installation.database, installation.keyring, now=long_ago, context=RequestContext())

        def states() -> list[str]:
            return [str(key.state) for key in installation.database.read(lambda stores: stores.signing_keys.list())]

        pruned = await until(lambda: sorted(states()) == ["active", "next"])
        after = before
        with anyio.move_on_after(SLOWEST):
            while after >= before:
                await anyio.sleep(0.02)
                after = await key_ids(app)

    assert pruned
    assert 2 == len(after)
    assert 1 == len(before & after)


class FastClock:
    """A PostgreSQL database whose own clock is ahead of this machine's."""

    def __init__(self, url: str) -> None:
        self._url = url

    def ahead(self, minutes: int) -> None:
        """Let it say so to every connection from the next statement on."""
        with psycopg.connect(self._url, autocommit=True) as connection:
            connection.execute("CREATE SCHEMA IF NOT EXISTS ahead")
            connection.execute(
                "CREATE OR REPLACE FUNCTION ahead.clock_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE AS "
                f"$$ SELECT pg_catalog.clock_timestamp() + interval '{minutes} minutes' $$".encode()
            )
            connection.execute(
                "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET search_path = ahead, pg_catalog, public',"
                " current_database()); END $$"
            )


@pytest.fixture
def fast_clock(new_postgres_database: Callable[[], str]) -> tuple[FastClock, Settings]:
    url = new_postgres_database()
    given = {"database_url": url, "secret_key": "a secret of thirty-two characters"}
    return FastClock(url), Settings.model_validate(given)


def minutes_ahead(installation: Installation) -> int:
    return round(installation.clock.offset / timedelta(minutes=1))


async def test_the_clock_is_the_databases_from_the_start(
    fast_clock: tuple[FastClock, Settings], only: Callable[[str | None], None], tmp_path
) -> None:
    """T13: what one server stamps, another on the same database compares."""
    clock, settings = fast_clock
    clock.ahead(7)
    only(None)
    async with served(settings.model_copy(update={"data_dir": tmp_path / "data"})) as (installation, _):
        assert 7 == minutes_ahead(installation)


async def test_the_clock_follows_the_databases_while_the_server_runs(
    fast_clock: tuple[FastClock, Settings], only: Callable[[str | None], None], tmp_path
) -> None:
    """T13: measured again and again, forwards and backwards."""
    clock, settings = fast_clock
    clock.ahead(0)
    only("clock")
    async with served(settings.model_copy(update={"data_dir": tmp_path / "data"})) as (installation, _):
        assert 0 == minutes_ahead(installation)
        for minutes in (11, -3):
            clock.ahead(minutes)
            assert await until(lambda minutes=minutes: minutes == minutes_ahead(installation))


async def test_on_sqlite_the_clock_is_this_machines(tmp_path) -> None:
    """One machine, one clock."""
    async with served(Settings.model_validate({"data_dir": tmp_path / "data"})) as (installation, _):
        assert timedelta(0) == installation.clock.offset
