"""What a request sends to the database is answered from an index, whatever is sent and however full the tables are.

The statements are gathered while people and clients use a server, so that a new one is checked without being listed.
"""

import re
import shutil
from collections.abc import Callable, Iterable
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest

from bench.growth import GROWING, fill
from doorward.app import open_installation
from doorward.audit import RequestContext
from doorward.operations.invite_user import invite_user
from doorward.operations.tail_audit import tail_audit
from doorward.storage import Database, open_database
from tests.flows.sent_statements import Sent, sent_statements
from tests.flows.service import EMAIL, PASSWORD, WEB_REDIRECT, Service, claims_of, form_fields, running, settings_for

pytestmark = pytest.mark.anyio

ROWS = 20_000
SETTINGS = {"secret_key": "k" * 40, "sign_up": "invite"}
ON_THE_HOT_PATHS = (
    ("UPDATE oauth_codes", "UPDATE mcp.oauth_codes"),
    ("UPDATE authorizations", "UPDATE mcp.authorizat"),
    ("RETURNING user_id", "RETURNING id, user_id"),
)
SMALL_READ_WHOLE = ("ix_oauth_clients_never_used", "ix_authorizations_revoked_at", "ix_api_keys_revoked_at")
"""Partial indexes that hold only what is asked for."""

_RANGE = re.compile(r"SEARCH (?P<table>\w+) USING [^(]*\(\w+[<>]")


async def everything_people_and_clients_do(service: Service) -> None:
    """Every kind of request once, and what the server does by itself."""
    client_id, tokens = await service.connected()
    secret = await service.registered(token_endpoint_auth_method="client_secret_post")
    code = await service.code(secret["client_id"])
    who = {"client_id": secret["client_id"], "client_secret": secret["client_secret"]}
    grant = {"grant_type": "authorization_code", "code": code, "code_verifier": service.verifier}
    assert 400 == (await service.token(**{**grant, **who, "code_verifier": "x" * 43})).status_code
    assert 200 == (await service.token(**grant, **who)).status_code
    assert 400 == (await service.token(**grant, **who)).status_code, "a replay"
    refreshed = await service.refreshed(client_id, tokens["refresh_token"])
    again = await service.refreshed(client_id, refreshed.json()["refresh_token"])
    assert 400 == (await service.refreshed(client_id, "dwr_forged")).status_code
    bearer = {"authorization": f"Bearer {again.json()['access_token']}"}
    await service.http.post("/http", json={}, headers=bearer)
    page = await service.browser.get("/account")
    gid = str(claims_of(again.json()["access_token"])["gid"])
    forms = page.text.split("<form")
    (own,) = ["<form" + form for form in forms if gid in form and 'name="connection"' in form]
    fields = form_fields(own, "/account/disconnect")
    assert 303 == (await service.browser.post("/account/disconnect", data=fields)).status_code
    assert 400 == (await service.refreshed(client_id, again.json()["refresh_token"])).status_code
    await over_json(service)
    await with_a_remembered_consent(service)
    await by_invitation(service)
    await service.http.get("/readyz")
    database = service.installation.database
    for after in (None, 5):
        tail_audit(database, limit=10, after_id=after)
    database.revocations.revoked_after(service.clock.now() - timedelta(hours=1))
    database.revocations.is_revoked(gid)


async def over_json(service: Service) -> None:
    """The seed's routes, with an API key."""
    login = await service.http.post("/api/users/login", json={"email": EMAIL, "password": PASSWORD})
    session = {"authorization": f"Bearer {login.json()['access_token']}"}
    assert 200 == (await service.http.get("/api/users/me", headers=session)).status_code
    key = (await service.http.post("/api/users/mcp-keys", json={"name": "x"}, headers=session)).json()
    await service.http.post("/http", json={}, headers={"authorization": f"Bearer {key['key']}"})
    assert 200 == (await service.http.get("/api/users/mcp-keys", headers=session)).status_code
    assert 204 == (await service.http.delete(f"/api/users/mcp-keys/{key['id']}", headers=session)).status_code
    wrong = await service.http.post("/api/users/login", json={"email": EMAIL, "password": "wrong"})
    assert 401 == wrong.status_code


async def with_a_remembered_consent(service: Service) -> None:
    """A trusted client, which asks once."""
    client_id = service.operators_client(trusted=True).client_id
    await service.decided(await service.consent_page(client_id, redirect_uri=WEB_REDIRECT))
    for changes in ({}, {"scope": "mcp offline_access"}):
        await service.consent_page(client_id, redirect_uri=WEB_REDIRECT, **changes)


async def by_invitation(service: Service) -> None:
    """An account made with an invitation, and signing out."""
    token = invite_user(
        service.installation.database, email="new@example.com", now=service.clock.now(), context=RequestContext()
    )
    made = await service.http.post(
        "/api/users/register",
        json={"email": "new@example.com", "password": "five other quiet words", "invitation": token.reveal()},
    )
    assert 201 == made.status_code, made.text
    page = await service.browser.get("/account")
    assert 303 == (await service.browser.post("/sign-out", data=form_fields(page.text, "/sign-out"))).status_code


async def statements_of_a_full_server(folder: Path, url: str, dialect: str) -> Sent:
    """Fill the tables, use the server, and return what it sent, each statement once."""
    database: Database = open_database(url)
    fill(database, ROWS)
    database.close()
    settings = settings_for(folder, url, **SETTINGS)
    with sent_statements(dialect) as sent:
        async with running(settings) as service:
            sent.clear()
            await everything_people_and_clients_do(service)
            gathered = list(sent)
    for either in ON_THE_HOT_PATHS:
        assert any(name in text for text, _ in gathered for name in either), "a hot path was not seen"
    return list({_shape(text): (text, parameters) for text, parameters in gathered}.values())


def _shape(text: str) -> str:
    """The statement without its values."""
    return re.sub(r"x?'[^']*'|\b\d+\b", "?", text, flags=re.IGNORECASE)


def scans_in(plan: Iterable[str], *, words: str) -> list[str]:
    """The steps that read a growing table whole."""
    names = [table.name for table in GROWING]
    return [
        step
        for step in plan
        if words in step
        and any(step.split(words, 1)[1].split()[:1] == [name] for name in names)
        and not any(index in step for index in SMALL_READ_WHOLE)
    ]


def ranges_in(plan: Iterable[str]) -> list[str]:
    """The steps that search a growing table by a range alone, which may be as long as the table."""
    found = [step for step in plan if (match := _RANGE.match(step)) and match["table"] in {it.name for it in GROWING}]
    return [step for step in found if not any(index in step for index in SMALL_READ_WHOLE)]


async def test_sqlite_searches_and_never_scans(tmp_path: Path, sqlite_template: Path):
    """EXPLAIN QUERY PLAN says SCAN for a table that is read from end to end."""
    path = tmp_path / "doorward.db"
    shutil.copyfile(sqlite_template, path)
    url = f"sqlite:///{path}"
    sent = await statements_of_a_full_server(tmp_path, url, "sqlite")

    with open_installation(settings_for(tmp_path, url, **SETTINGS)) as installation:

        def explain(stores) -> list[tuple[str, list[str]]]:
            raw = stores.connection.connection.driver_connection
            return [(text, [row[3] for row in raw.execute(f"EXPLAIN QUERY PLAN {text}")]) for text, _ in sent]

        plans = installation.database.read(explain)

    bad = [(text, scans) for text, plan in plans if (scans := scans_in(plan, words="SCAN ") + ranges_in(plan))]
    # the newest audit events are read from the end of the table's own order, and the limit stops it
    bad = [(text, scans) for text, scans in bad if not ("ORDER BY audit_events.id" in text and "LIMIT" in text)]
    assert 40 < len(sent)
    assert [] == bad


async def test_postgresql_uses_an_index_on_full_tables(tmp_path: Path, new_postgres_database: Callable[[], str]):
    """With the planner's own choice on full, analysed tables, and with sequential scans made dear."""
    url = new_postgres_database()
    database = open_database(url)
    database.upgrade()
    database.close()
    sent = await statements_of_a_full_server(tmp_path, url, "postgresql")

    with psycopg.connect(url) as connection:
        connection.execute("ANALYZE")
        plans: list[tuple[str, list[str]]] = []
        for sequential in (b"on", b"off"):
            connection.execute(b"SET enable_seqscan = " + sequential)
            plans += [
                (text, [row[0] for row in connection.execute(f"EXPLAIN {text}".encode(), parameters)])
                for text, parameters in sent
            ]

    bad = [(text, scans) for text, plan in plans if (scans := scans_in(plan, words="Seq Scan on "))]
    assert 40 < len(sent)
    assert [] == bad


def test_a_scan_would_be_seen():
    """Otherwise the other tests would always pass."""
    steps = ["Seq Scan on authorizations  (cost=0.00)", "Index Scan using x on authorizations", "Seq Scan on facts"]
    ranged = "SEARCH authorizations USING INDEX ix_authorizations_expires_at (expires_at>?)"

    assert [ranged] == ranges_in([ranged, "SEARCH users USING INDEX x (id=?)"])
    assert steps[:1] == scans_in(steps, words="Seq Scan on ")
    assert ["SCAN users"] == scans_in(["SCAN users", "SEARCH users USING INDEX x"], words="SCAN ")
