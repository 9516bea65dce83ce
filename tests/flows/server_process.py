"""`doorward serve` as operators run it: a process of its own, on a free loopback port."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2

from doorward.app import open_installation
from doorward.audit import RequestContext
from doorward.operations.create_user import create_user
from doorward.settings import load_settings

START_SECONDS = 60
STOP_SECONDS = 20
EMAIL, PASSWORD = "person@example.com", "four quiet words suffice"


@dataclass(frozen=True, slots=True)
class ServerProcess:
    """A running server."""

    base: str
    environment: Mapping[str, str]
    process: "subprocess.Popen[bytes]"

    @property
    def resource(self) -> str:
        """The address people type."""
        return f"{self.base}/http"

    def command(self, *arguments: str, stdin: str | None = None) -> str:
        """Run another `doorward` command on the same installation; its output."""
        return run_command(self.environment, *arguments, stdin=stdin)


def run_command(environment: Mapping[str, str], *arguments: str, stdin: str | None = None) -> str:
    """Run a `doorward` command to its end; its output."""
    done = subprocess.run(
        [sys.executable, "-m", "doorward", *arguments],
        env=environment,
        input=stdin,
        capture_output=True,
        text=True,
        timeout=START_SECONDS,
        check=False,
    )
    assert 0 == done.returncode, done.stdout + done.stderr
    return done.stdout


def environment_for(data_dir: Path, **settings: str) -> dict[str, str]:
    """This process's environment with the settings of one installation and no others."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("DOORWARD_")}
    chosen = {f"DOORWARD_{name.upper()}": value for name, value in settings.items()}
    return {**inherited, "DOORWARD_DATA_DIR": str(data_dir), **chosen}


@contextmanager
def serving(
    environment: Mapping[str, str], log_file: Path, *, port: int | None = None
) -> Generator[ServerProcess, None, None]:
    """Make an account, serve, and stop."""
    given_an_account(environment, EMAIL)
    with started(environment, log_file, port=port) as server:
        wait_until_ready(server, log_file)
        yield server


def make_account(environment: Mapping[str, str], email: str) -> None:
    """An account with the usual password, made as an operator makes one."""
    run_command(environment, "users", "create", email, "--password-stdin", stdin=PASSWORD + "\n")


def given_an_account(environment: Mapping[str, str], email: str) -> None:
    """The same account without the second that another process needs to start."""
    with open_installation(load_settings(environment)) as installation:
        create_user(
            installation.database,
            installation.passwords,
            email=email,
            password=PASSWORD,
            now=installation.clock.now(),
            context=RequestContext(),
        )


@contextmanager
def started(
    environment: Mapping[str, str], log_file: Path, *options: str, port: int | None = None
) -> Generator[ServerProcess, None, None]:
    """Start to serve, and stop; what the process says goes to the log file."""
    port = port or free_port()
    with (
        log_file.open("wb") as log,
        subprocess.Popen(
            [sys.executable, "-m", "doorward", "serve", "--port", str(port), *options],
            env=dict(environment),
            stdout=log,
            stderr=subprocess.STDOUT,
        ) as process,
    ):
        try:
            yield ServerProcess(f"http://localhost:{port}", environment, process)
        finally:
            process.terminate()
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                raise


def wait_until_ready(server: ServerProcess, log_file: Path) -> None:
    """Wait until it serves, which it must in time."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        assert server.process.poll() is None, log_file.read_text()
        try:
            if httpx2.get(f"{server.base}/readyz", timeout=5).status_code == 200:
                return
        except httpx2.TransportError:
            time.sleep(0.05)
    raise AssertionError("not ready in time:\n" + log_file.read_text())


def free_port() -> int:
    """A port nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]
