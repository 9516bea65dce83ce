"""When the database does not work, every endpoint says so, in its own form, and nothing half-done stays (S52)."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from urllib.parse import urlsplit

import httpx2
import psycopg
import pytest
from psycopg.sql import SQL, Identifier

from tests.flows.service import BASE, EMAIL, PASSWORD, REDIRECT, Service

pytestmark = pytest.mark.anyio

Failure = Callable[[], AbstractContextManager[None]]


@contextmanager
def locked(path: str) -> Iterator[None]:
    """Another process keeps the SQLite file to itself, for longer than anybody waits."""
    with (
        pytest.MonkeyPatch.context() as patch,
        closing(sqlite3.connect(path, isolation_level=None)) as connection,
    ):
        patch.setattr("doorward.storage.group_commit.PATIENCE", 0.05)
        connection.execute("BEGIN IMMEDIATE")
        yield
        connection.execute("ROLLBACK")


@contextmanager
def unreachable(server: str, name: str) -> Iterator[None]:
    """The PostgreSQL server ends every connection to the database and lets nobody in again."""
    with psycopg.connect(server, autocommit=True) as connection:
        allow = SQL("ALTER DATABASE {} ALLOW_CONNECTIONS {}")
        connection.execute(allow.format(Identifier(name), SQL("false")))
        connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])
        yield
        connection.execute(allow.format(Identifier(name), SQL("true")))


@pytest.fixture
def broken(service: Service, request: pytest.FixtureRequest) -> Failure:
    """Puts the service's own database out of order for a while."""
    url = service.installation.settings.effective_database_url.get_secret_value()
    if url.startswith("sqlite:///"):
        return lambda: locked(url.removeprefix("sqlite:///"))
    name = urlsplit(url).path.lstrip("/")
    return lambda: unreachable(request.getfixturevalue("postgres_server"), name)


def assert_unavailable(answer: httpx2.Response) -> None:
    """503 as JSON with the time to wait, and nothing else (RFC 6749 §4.1.2.1 has the word for it)."""
    assert 503 == answer.status_code, answer.text
    assert {"error", "error_description"} == set(answer.json())
    assert "temporarily_unavailable" == answer.json()["error"]
    assert int(answer.headers["retry-after"]) >= 1
    assert "no-store" == answer.headers["cache-control"]


def stored(service: Service) -> int:
    return len(service.installation.database.read(lambda stores: stores.clients.list()))


@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post"])
async def test_a_registration_that_cannot_be_stored_is_no_registration(
    service: Service, broken: Failure, method: str
) -> None:
    """S52, RFC 7591 §3.2.1: no client_id for a client that does not exist, and the retry makes exactly one."""
    body = {"redirect_uris": [REDIRECT], "token_endpoint_auth_method": method}
    with broken():
        refused = await service.http.post("/api/oauth/register", json=body)
    before = stored(service)
    accepted = await service.http.post("/api/oauth/register", json=body)

    assert_unavailable(refused)
    assert "client_id" not in refused.text
    assert 0 == before
    assert 201 == accepted.status_code
    assert 1 == stored(service)


async def test_a_public_client_registers_without_the_database(service: Service, broken: Failure) -> None:
    """Its id describes it, so it is as good afterwards."""
    with broken():
        client_id = (await service.registered())["client_id"]
    await service.signed_in()

    assert 200 == (await service.redeemed(client_id, await service.code(client_id))).status_code


async def test_a_code_and_a_refresh_token_outlive_the_failure(service: Service, broken: Failure) -> None:
    """Nothing was consumed: the retry gets what the first try asked for."""
    client_id, tokens = await service.connected()
    code = await service.code(client_id)
    with broken():
        answers = [await service.redeemed(client_id, code), await service.refreshed(client_id, tokens["refresh_token"])]
    again = [await service.redeemed(client_id, code), await service.refreshed(client_id, tokens["refresh_token"])]

    for answer in answers:
        assert_unavailable(answer)
    assert "no-cache" == answers[0].headers["pragma"]
    assert "*" == answers[0].headers["access-control-allow-origin"]
    assert [200, 200] == [answer.status_code for answer in again]


async def test_nobody_signs_in_while_the_database_is_out_of_order(service: Service, broken: Failure) -> None:
    """Nor is anybody told that their password is wrong."""
    credentials = {"email": EMAIL, "password": PASSWORD}
    with broken():
        refused = await service.http.post("/api/users/login", json=credentials)
    accepted = await service.http.post("/api/users/login", json=credentials)

    assert_unavailable(refused)
    assert "set-cookie" not in refused.headers
    assert 200 == accepted.status_code
    assert accepted.json()["access_token"].startswith("dwb_")


async def test_what_needs_no_database_goes_on(service: Service, broken: Failure) -> None:
    with broken():
        answers = [
            await service.http.get(path)
            for path in ("/healthz", "/.well-known/oauth-authorization-server", "/.well-known/jwks.json")
        ]

    assert [200] * 3 == [answer.status_code for answer in answers]
    assert BASE == answers[1].json()["issuer"]
