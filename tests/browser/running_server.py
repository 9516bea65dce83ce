"""A server as people run it: the command itself, on a free port of this computer, with a database of its own."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2

from tests.builders import A_PASSWORD, AN_EMAIL

_START_SECONDS = 60
_STOP_SECONDS = 20


@dataclass(frozen=True)
class RunningServer:
    """Where it listens and what it works with."""

    address: str
    environment: dict[str, str]

    def run(self, *arguments: str, typed: str = "") -> str:
        """Run another command on the same data."""
        finished = subprocess.run(
            [_command(), *arguments],
            env=self.environment,
            input=typed,
            capture_output=True,
            text=True,
            timeout=_START_SECONDS,
            check=True,
        )
        return finished.stdout

    def create_user(self, email: str = AN_EMAIL, *options: str) -> None:
        """An account, made as an operator makes one."""
        self.run("users", "create", email, "--password-stdin", *options, typed=A_PASSWORD + "\n")


@contextmanager
def running_server(data_dir: Path, *, port: int | None = None, **settings: str) -> Generator[RunningServer]:
    """Start the server, wait until it is ready, and stop it at the end."""
    port = port or free_port()
    kept = {name: value for name, value in os.environ.items() if not name.startswith("DOORWARD_")}
    environment = {**kept, "DOORWARD_DATA_DIR": str(data_dir), **settings}
    server = RunningServer(f"http://localhost:{port}", environment)
    log = data_dir.parent / f"{data_dir.name}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [_command(), "serve", "--port", str(port)], env=environment, stdout=output, stderr=output
        )
    try:
        _wait_until_ready(server, process, log)
        yield server
    finally:
        process.terminate()
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def free_port() -> int:
    """A port nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


def _command() -> str:
    return str(Path(sys.executable).with_name("doorward"))


def _wait_until_ready(server: RunningServer, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        try:
            if httpx2.get(f"{server.address}/readyz").status_code == 200:
                return
        except httpx2.TransportError:
            time.sleep(0.05)
    raise AssertionError(f"the server did not start:\n{log.read_text(errors='replace')}")
