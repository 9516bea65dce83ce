"""A server that is told to stop finishes what it began, and ends well."""

import secrets
import select
import signal
import socket
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import httpx2
import pytest

from tests.flows.person import form_with
from tests.flows.server_process import (
    EMAIL,
    PASSWORD,
    STOP_SECONDS,
    environment_for,
    free_port,
    given_an_account,
    started,
    wait_until_ready,
)

pytestmark = pytest.mark.usefixtures("heeding_ctrl_c")

SIGN_INS = 12
"""Enough that most wait for their turn to hash a password when the signal comes."""


def a_sign_in(base: str) -> bytes:
    """A whole request, as a browser sends it."""
    form = form_with(httpx2.get(f"{base}/sign-in"), "password")
    body = urlencode({**form.fields, "email": EMAIL, "password": PASSWORD})
    return (
        f"POST /sign-in HTTP/1.1\r\nHost: {urlsplit(base).netloc}\r\nOrigin: {base}\r\n"
        f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n{body}"
    ).encode()


@pytest.mark.parametrize("kind", ["sqlite", "workers"])
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT], ids=lambda how: how.name)
def test_sign_ins_in_flight_are_answered_before_the_end(
    kind: str, how: signal.Signals, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """Their passwords are being checked when the signal comes; each gets its session, and the exit code is 0."""
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    settings, options = {"mcp_base_url": base, "rate_limits": "off"}, list[str]()
    if kind == "workers":
        make: Callable[[], str] = request.getfixturevalue("new_postgres_database")
        settings |= {"database_url": make(), "secret_key": secrets.token_hex(32)}
        options = ["--workers", "2"]
    environment, log = environment_for(tmp_path / "data", **settings), tmp_path / "log"
    given_an_account(environment, EMAIL)
    with started(environment, log, *options, port=port) as server, ExitStack() as stack:
        wait_until_ready(server, log)
        sign_in = a_sign_in(base)
        connections = [
            stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=STOP_SECONDS))
            for _ in range(SIGN_INS)
        ]
        for connection in connections:
            connection.sendall(sign_in)
        assert 200 == httpx2.get(f"{base}/healthz").status_code  # so the requests before it have arrived
        server.process.send_signal(how)
        answered, _, _ = select.select(connections, [], [], 0)
        answers = [connection.recv(10_000) for connection in connections]
        ended = server.process.wait(STOP_SECONDS)

    assert len(answered) < SIGN_INS, "nothing was in flight"
    assert {b"HTTP/1.1 303"} == {answer[:12] for answer in answers}
    assert all(b"set-cookie: doorward=" in answer.lower() for answer in answers)
    assert 0 == ended, log.read_text()
    assert "Traceback" not in log.read_text()
