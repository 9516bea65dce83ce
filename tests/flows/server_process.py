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

START_SECONDS = 60
STOP_SECONDS = 20
EMAIL, PASSWORD = "person@example.com", "four quiet words suffice"


@dataclass(frozen=True, slots=True)
class ServerProcess:
    """A running server."""

    base: str
    environment: Mapping[str, str]

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
def serving(environment: Mapping[str, str], log_file: Path) -> Generator[ServerProcess, None, None]:
    """Make an account, serve, and stop."""
    run_command(environment, "users", "create", EMAIL, "--password-stdin", stdin=PASSWORD + "\n")
    port = _free_port()
    with (
        log_file.open("wb") as log,
        subprocess.Popen(
            [sys.executable, "-m", "doorward", "serve", "--port", str(port)],
            env=dict(environment),
            stdout=log,
            stderr=subprocess.STDOUT,
        ) as process,
    ):
        try:
            base = f"http://localhost:{port}"
            _wait_until_ready(process, base, log_file)
            yield ServerProcess(base, environment)
        finally:
            process.terminate()
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                raise


def _wait_until_ready(process: "subprocess.Popen[bytes]", base: str, log_file: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        assert process.poll() is None, log_file.read_text()
        try:
            if httpx2.get(f"{base}/readyz", timeout=5).status_code == 200:
                return
        except httpx2.TransportError:
            time.sleep(0.1)
    raise AssertionError("not ready in time:\n" + log_file.read_text())


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]
