"""No credential is ever written to a log or kept in the database in clear text (ASVS 16.2.5; S15, S18)."""

import logging
from datetime import timedelta
from pathlib import Path

import pytest
import structlog

from tests.flows.service import PASSWORD, Service, callback

pytestmark = pytest.mark.anyio


async def everything_once(service: Service) -> set[str]:
    """Live through every flow, right and wrong; return every credential that was seen."""
    confidential = await service.registered(token_endpoint_auth_method="client_secret_post")
    client_id, tokens = await service.connected()
    seen = {PASSWORD, service.verifier, confidential["client_secret"], tokens["access_token"], tokens["refresh_token"]}
    page = await service.consent_page(client_id)
    code = callback(await service.decided(page))["code"]
    await service.redeemed(client_id, code, code_verifier="x" * 43)
    await service.redeemed(client_id, code)
    await service.redeemed(client_id, code)
    await service.refreshed(client_id, tokens["refresh_token"])
    await service.refreshed(client_id, tokens["refresh_token"] + "x")
    service.later(timedelta(minutes=5))
    await service.refreshed(client_id, tokens["refresh_token"])
    await service.token(client_id=confidential["client_id"], client_secret="wrong-canary", grant_type="x")
    await service.http.post("/sign-in", data={"email": "person@example.com", "password": "mistyped-canary"})
    await service.http.post("/sign-in", data={"email": "typed-password-canary", "password": "x"})
    login = await service.http.post("/api/users/login", json={"email": "person@example.com", "password": PASSWORD})
    session = login.json()["access_token"]
    bearer = {"authorization": f"Bearer {session}"}
    key = (await service.http.post("/api/users/mcp-keys", json={"name": "laptop"}, headers=bearer)).json()
    secret_key = next(value for value in key.values() if isinstance(value, str) and value.startswith("dwk_"))
    for token in (tokens["access_token"], secret_key, session, code):
        await service.http.post("/http", json={}, headers={"authorization": f"Bearer {token}"})
    await service.http.get(f"/oauth/authorize?code={code}&client_id=%00")
    cookies = {cookie.value for cookie in service.browser.cookies.jar if cookie.value}
    return seen | cookies | {code, session, secret_key, "wrong-canary", "mistyped-canary", "typed-password-canary"}


async def test_no_log_event_holds_a_credential(service: Service, caplog: pytest.LogCaptureFixture) -> None:
    """What the events themselves hold, before anything is masked on the way out."""
    caplog.set_level(logging.DEBUG)
    with structlog.testing.capture_logs() as events:
        credentials = await everything_once(service)
    logged = repr(events) + "".join(record.getMessage() for record in caplog.records if "httpx" not in record.name)

    assert events
    assert [] == [value for value in credentials if value in logged]


async def test_no_audit_event_holds_a_credential(service: Service) -> None:
    credentials = await everything_once(service)
    trail = repr(service.audit())

    assert [] == [value for value in credentials if value in trail]


async def test_the_database_holds_no_credential(service: Service, tmp_path: Path) -> None:
    """A stolen database redeems nothing: hashes, sealed keys, and refresh tokens that are never stored."""
    credentials = await everything_once(service)
    files = b"".join(path.read_bytes() for path in tmp_path.rglob("doorward.db*"))
    if service.installation.database.dialect == "postgresql":
        files = b"".join(_bytes_of(path) for path in _files_of_the_server(service))

    assert files
    assert [] == [value for value in credentials if value.encode() in files]
    assert b"PRIVATE KEY" not in files


def _bytes_of(path: Path) -> bytes:
    """A running server makes and removes files of its own meanwhile."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return b""


def _files_of_the_server(service: Service) -> list[Path]:
    """Everything PostgreSQL wrote, its write-ahead log included."""
    import psycopg

    settings = service.installation.settings
    assert settings.database_url is not None
    with psycopg.connect(settings.database_url.get_secret_value(), autocommit=True) as connection:
        connection.execute("CHECKPOINT")
        row = connection.execute("SHOW data_directory").fetchone()
    assert row is not None
    root = Path(row[0])
    return [path for path in (*root.glob("pg_wal/0*"), *root.glob("base/*/*")) if path.is_file()]
