"""No secret of a request or an answer reaches a log, an error or the audit trail (ASVS 16.2.5, S15, S18)."""

import logging
from typing import Any

import pytest
import structlog

from doorward.identity.sign_up import SignUpMode
from doorward.kit.unit_of_work import DatabaseUnavailable
from doorward.web.api import create_api
from tests.asgi_client import AsgiClient
from tests.builders import A_PASSWORD, AN_EMAIL
from tests.web.api.builders import an_authorization_request, given_a_registration, given_a_web

CANARY = "canary-5f1d-secret"
CALLBACK = "https://client.example/callback"


def messages(caplog) -> list[str]:
    """What the server logged; the test's own client logs the addresses it calls."""
    return [record.getMessage() for record in caplog.records if not record.name.startswith("httpx2")]


class BrokenDatabase:
    """A database whose driver fails with an exception that tells what it was asked to store."""

    dialect = "sqlite"

    def __init__(self, database, error: type[Exception]) -> None:
        self._database, self._error = database, error
        self.token_path, self.code_path, self.awaitable_code_path = database.token_path, database.code_path, None
        self.broken = False

    def write(self, unit):
        return self._run(self._database.write, unit)

    def read(self, unit):
        return self._run(self._database.read, unit)

    def _run(self, run, unit):
        if self.broken:
            raise self._error(f"cannot store {CANARY}")
        return run(unit)


def test_no_credential_of_a_whole_visit_is_logged(database, caplog, capfd):
    """Passwords, session tokens, keys, codes and invitations are shown once and nowhere else."""
    caplog.set_level(logging.DEBUG)
    web = given_a_web(database, sign_up=SignUpMode.OPEN)
    client_id = given_a_registration(web, redirect_uris=[CALLBACK])
    credentials = {"email": AN_EMAIL, "password": A_PASSWORD}
    wrong = {"email": AN_EMAIL, "password": CANARY}
    request = an_authorization_request(client_id, CALLBACK, state=CANARY)
    with structlog.testing.capture_logs() as entries, AsgiClient(create_api(web)) as api:
        api.post("/api/users/register", json=credentials)
        failures = [
            api.post("/api/users/register", json={**credentials, "invitation": f"dwi_{CANARY}"}),
            api.post("/api/users/register", json=wrong),
            api.post("/api/users/login", json=wrong),
            api.post("/api/users/login", json={"email": CANARY, "password": A_PASSWORD}),
            api.post("/api/users/login", json={**wrong, CANARY: CANARY}),
            api.get("/api/users/me", headers={"Authorization": f"Bearer {CANARY}"}),
            api.get(f"/api/users/me?access_token={CANARY}"),
        ]
        token = api.post("/api/users/login", json=credentials).json()["access_token"]
        headers = {"Authorization": f"Bearer {token}"}
        key = api.post("/api/users/mcp-keys", headers=headers, json={"name": "a"}).json()["key"]
        code = api.post("/api/oauth/authorize", headers=headers, json=request).json()["code"]
        api.post("/api/users/logout", headers=headers)

    trail = database.read(lambda stores: stores.audit.tail(limit=1000))
    written = "\n".join(map(repr, [*entries, *messages(caplog), *trail]))
    written += "".join(capfd.readouterr())
    assert len(trail) >= 5
    for secret in (A_PASSWORD, CANARY, token, key, code):
        assert secret not in written
    for failure in failures:
        assert failure.status_code in (400, 401, 409)
        assert CANARY not in failure.text


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [(RuntimeError, 500, "server_error"), (DatabaseUnavailable, 503, "temporarily_unavailable")],
)
def test_a_failing_driver_tells_nobody_what_it_was_asked(database, caplog, capfd, error, status, code):
    """Driver errors can hold bound parameters: neither the log nor the answer shows them (S18)."""
    caplog.set_level(logging.DEBUG)
    broken = BrokenDatabase(database, error)
    web = given_a_web(broken)  # pyright: ignore[reportArgumentType] - as far as the API uses it, it is one
    broken.broken = True
    requests: list[tuple[str, str, dict[str, Any]]] = [
        ("POST", "/api/users/login", {"json": {"email": AN_EMAIL, "password": A_PASSWORD}}),
        ("GET", "/api/users/me", {"headers": {"Authorization": f"Bearer dwb_{'x' * 43}"}}),
    ]

    with structlog.testing.capture_logs() as entries, AsgiClient(create_api(web)) as api:
        answers = [api.request(method, path, **sent) for method, path, sent in requests]

    written = "\n".join(map(repr, [*entries, *messages(caplog)]))
    assert [(status, code)] * 2 == [(answer.status_code, answer.json()["error"]) for answer in answers]
    assert ["no-store"] * 2 == [answer.headers["cache-control"] for answer in answers]
    assert error.__name__ in written
    assert CANARY not in written + "".join(capfd.readouterr()) + "".join(answer.text for answer in answers)
    assert ("retry-after" in answers[0].headers) is (status == 503)
