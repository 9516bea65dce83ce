"""Runs commands as an operator would, on a fresh installation of each kind of database."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from doorward.cli.program import create_program


@dataclass(frozen=True)
class Cli:
    """The command line with one environment."""

    environ: dict[str, str]
    runner: CliRunner = field(default_factory=CliRunner)

    def __call__(self, *words: str, stdin: str | bytes | None = None, **environ: str) -> Result:
        """Run one command; `environ` adds settings to those of the installation."""
        given = {f"DOORWARD_{name.upper()}": value for name, value in environ.items()}
        return self.runner.invoke(create_program(), words, input=stdin, env={**self.environ, **given})

    def succeed(self, *words: str, stdin: str | bytes | None = None, **environ: str) -> str:
        """Run one command that must succeed, and return what it printed on standard output."""
        result = self(*words, stdin=stdin, **environ)
        assert 0 == result.exit_code, result.stderr
        assert not result.stderr
        return result.stdout

    def fail(self, *words: str, stdin: str | bytes | None = None, exit_code: int = 1, **environ: str) -> str:
        """Run one command that must fail, and return its sentence on standard error."""
        result = self(*words, stdin=stdin, **environ)
        assert exit_code == result.exit_code, result.output
        assert not result.stdout
        assert "Traceback" not in result.stderr
        if exit_code == 1:
            assert 1 == result.stderr.count("\n")
            assert result.stderr.startswith("Error: ")
        return result.stderr


@pytest.fixture(autouse=True)
def _leave_the_log_alone(logging_as_before: None) -> None:
    """Commands configure it."""


@pytest.fixture
def offline(tmp_path: Path) -> Cli:
    """Commands that touch no database."""
    return Cli({"DOORWARD_DATA_DIR": str(tmp_path / "data")})


@pytest.fixture
def sqlite_cli(tmp_path: Path) -> Cli:
    """A fresh installation with its database and its secret in the data directory."""
    return Cli({"DOORWARD_DATA_DIR": str(tmp_path / "data")})


@pytest.fixture
def postgres_cli(tmp_path: Path, new_postgres_database: Callable[[], str]) -> Cli:
    """A fresh installation on an empty PostgreSQL database."""
    return Cli(
        {
            "DOORWARD_DATA_DIR": str(tmp_path / "data"),
            "DOORWARD_DATABASE_URL": new_postgres_database(),
            "DOORWARD_SECRET_KEY": "a secret for the tests of commands",
        }
    )


@pytest.fixture(params=["sqlite", "postgres"])
def cli(request: pytest.FixtureRequest) -> Cli:
    """A fresh installation, once on each kind of database."""
    found: Cli = request.getfixturevalue(f"{request.param}_cli")
    return found
