"""A server as people run it, with a database of its own, and the people who have an account."""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.builders import A_PASSWORD, AN_EMAIL
from tests.flows.server_process import environment_for, run_command, started, wait_until_ready


@dataclass(frozen=True)
class RunningServer:
    """Where it listens and what it works with."""

    address: str
    environment: Mapping[str, str]

    def run(self, *arguments: str, stdin: str | None = None) -> str:
        """Run another command on the same data; its output."""
        return run_command(self.environment, *arguments, stdin=stdin)

    def create_user(self, email: str = AN_EMAIL, *options: str) -> None:
        """An account, made as an operator makes one."""
        self.run("users", "create", email, "--password-stdin", *options, stdin=A_PASSWORD + "\n")


@contextmanager
def running_server(data_dir: Path, *, port: int | None = None, **settings: str) -> Generator[RunningServer]:
    """Start the server, wait until it is ready, and stop it at the end; its log stands beside its data."""
    environment, log = environment_for(data_dir, **settings), data_dir.parent / f"{data_dir.name}.log"
    with started(environment, log, port=port) as server:
        wait_until_ready(server, log)
        yield RunningServer(server.base, environment)
