"""`doorward serve`: what it says, what it refuses, and that it ends cleanly."""

import json
import os
import re
import select
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

import doorward
from doorward.cli.announcement import announcement
from doorward.settings import Addresses, Settings

pytestmark = pytest.mark.usefixtures("heeding_ctrl_c")

A_PASSWORD = "zebra fjord pickle lantern"
A_SECRET = "a secret for the tests of commands"


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


@contextmanager
def a_server(environ: dict[str, str], *options: str) -> Generator[tuple[subprocess.Popen[str], str, int]]:
    """Start a server, wait until it has said that it is ready, and give what it printed and its port."""
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "doorward", "serve", "--port", str(port), *options],
        env={**os.environ, **environ, "PYTHONPATH": str(Path(doorward.__file__).parents[1])},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process, said_by(process), port
    finally:
        process.kill()
        _ = process.communicate()


def said_by(process: subprocess.Popen[str]) -> str:
    """Read standard output up to the last line of the announcement, past any buffer that would hide the rest."""
    assert process.stdout is not None
    said, until = b"", time.monotonic() + 60
    while b"Ctrl-C" not in said and time.monotonic() < until:
        if select.select([process.stdout], [], [], 0.2)[0]:
            data = os.read(process.stdout.fileno(), 65_536)
            if not data:
                break
            said += data
    return said.decode()


def test_a_first_start_says_everything_a_newcomer_needs(sqlite_cli, tmp_path):
    """The address, the one-time link, where the data lives, and how to stop; Ctrl-C ends cleanly."""
    with a_server(sqlite_cli.environ) as (process, said, port):
        with urllib.request.urlopen(f"http://localhost:{port}/healthz", timeout=10) as answer:
            assert 200 == answer.status
        (link,) = re.findall(rf"^    (http://localhost:{port}/setup/dwi_[\w-]{{43}})$", said, re.MULTILINE)
        with urllib.request.urlopen(link, timeout=10) as page:  # noqa: S310 - the link is matched above
            assert 200 == page.status
        process.send_signal(signal.SIGINT)
        _, log = process.communicate(timeout=20)

    assert 0 == process.returncode, log
    assert f"    http://localhost:{port}/http\n" in said
    assert "exactly this address" in said
    assert f"{tmp_path}/data" in said
    assert "dwi_" not in log
    assert "Traceback" not in log
    assert "/setup/dwi_" not in log


def test_a_second_start_reuses_the_data_and_offers_no_link_to_an_administrator(sqlite_cli):
    _ = sqlite_cli.succeed("users", "create", "ada@example.org", "--password-stdin", "--admin", stdin=A_PASSWORD)

    with a_server(sqlite_cli.environ) as (process, said, _):
        process.send_signal(signal.SIGTERM)
        _, log = process.communicate(timeout=20)

    assert "/setup/" not in said
    assert "Ctrl-C" in said, log
    assert 1 == len(json.loads(sqlite_cli.succeed("users", "list", "--json")))


def test_several_workers_serve_one_postgresql_and_end_together(postgres_cli):
    """Each worker has an installation of its own, and logs in the same form."""
    environ = {**postgres_cli.environ, "DOORWARD_LOG_LEVEL": "debug", "DOORWARD_LOG_FORMAT": "json"}
    with a_server(environ, "--workers", "2") as (process, said, port):
        assert f"http://localhost:{port}/http" in said
        for _ in range(6):
            with urllib.request.urlopen(f"http://localhost:{port}/readyz", timeout=10) as answer:
                assert 200 == answer.status
        process.send_signal(signal.SIGINT)
        _, log = process.communicate(timeout=30)

    assert 0 == process.returncode, log
    assert "Traceback" not in log
    assert all(line["level"] in ("debug", "info") for line in map(json.loads, log.splitlines()))


def test_what_is_switched_off_is_said_loudly_in_the_log(sqlite_cli):
    environ = {**sqlite_cli.environ, "DOORWARD_RATE_LIMITS": "off", "DOORWARD_CIMD_ALLOW_LOOPBACK": "1"}
    with a_server(environ) as (process, _, _):
        process.send_signal(signal.SIGINT)
        _, log = process.communicate(timeout=20)

    events = {line["event"]: line for line in map(json.loads, log.splitlines())}
    assert "warning" == events["rate_limits_off"]["level"]
    assert "warning" == events["cimd_loopback_allowed"]["level"]


def test_no_query_string_gets_into_the_log(sqlite_cli):
    """Codes and tokens travel in query strings, so no request line is logged."""
    with a_server({**sqlite_cli.environ, "DOORWARD_LOG_LEVEL": "debug"}) as (process, _, port):
        for path in ("/healthz?code=canary", "/nowhere?state=canary", "/oauth/authorize?client_id=canary&code=canary"):
            with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
                connection.sendall(
                    f"GET {path} HTTP/1.1\r\nHost: localhost:{port}\r\nConnection: close\r\n\r\n".encode()
                )
                while connection.recv(65_536):
                    pass
        process.send_signal(signal.SIGINT)
        _, log = process.communicate(timeout=20)

    assert "canary" not in log


def test_a_port_in_use_is_one_sentence(sqlite_cli):
    _ = sqlite_cli.succeed("db", "upgrade")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        complaint = sqlite_cli.fail("serve", "--port", str(listener.getsockname()[1]))

    assert "--port" in complaint


def test_a_metrics_port_that_everybody_reaches_is_one_sentence(sqlite_cli):
    _ = sqlite_cli.succeed("db", "upgrade")
    port = free_port()
    sqlite_cli.environ["DOORWARD_METRICS_PORT"] = str(port)
    complaint = sqlite_cli.fail("serve", "--port", str(port))

    assert complaint.startswith("Error: DOORWARD_METRICS_PORT is the port")


def test_listening_beyond_this_machine_needs_a_public_address(offline, tmp_path):
    """T9: the message names the setting, and nothing was made."""
    complaint = offline.fail("serve", "--host", "0.0.0.0")  # noqa: S104

    assert "DOORWARD_MCP_BASE_URL must be set" in complaint


def test_several_workers_need_postgresql(sqlite_cli):
    """T12: one writer is right for SQLite."""
    complaint = sqlite_cli.fail("serve", "--workers", "2", "--port", str(free_port()))

    assert "--workers above 1 needs PostgreSQL" in complaint


@pytest.mark.parametrize("options", [("--port", "0"), ("--port", "65536"), ("--workers", "0"), ("--port", "http")])
def test_a_wrong_option_is_a_usage_error(offline, options):
    assert options[0] in offline.fail("serve", *options, exit_code=2)


def test_the_announcement_tells_both_addresses_apart(tmp_path):
    settings = Settings.model_validate({"data_dir": tmp_path, "database_url": "postgresql://u:canary@db/doorward"})
    said = announcement(settings, Addresses("https://mcp.example.com", "https://id.example.com"), None)

    assert "https://mcp.example.com/http\n" in said
    assert "https://id.example.com\n" in said
    assert "postgresql://db/doorward\n" in said
    assert "canary" not in said
    assert "/setup/" not in said


@pytest.mark.parametrize(("base", "reaches"), [("http://localhost:8000", False), ("https://mcp.example.com", True)])
def test_the_announcement_does_not_send_the_cloud_to_this_computer(tmp_path, base: str, reaches: bool):
    """Claude and ChatGPT are named where they can connect, and otherwise with what they need."""
    said = announcement(Settings.model_validate({"data_dir": tmp_path}), Addresses(base, base), None)

    assert reaches == ("Give this address to Claude and" in said)
    assert reaches != ("DOORWARD_MCP_BASE_URL" in said)
