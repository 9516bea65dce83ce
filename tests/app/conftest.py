"""Installations of both kinds for tests of the composed application."""

from collections.abc import Callable
from pathlib import Path

import pytest

from doorward.settings import Settings
from tests.conftest import ENGINES


@pytest.fixture(params=ENGINES)
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    """The settings of an empty installation, once on each kind of database."""
    make: Callable[[], str] | None = None
    if request.param == "postgres":
        make = request.getfixturevalue("new_postgres_database")
    return Settings.model_validate(
        {
            "data_dir": tmp_path / "data",
            "database_url": make() if make else None,
            "secret_key": "a secret of thirty-two characters",
            "mcp_base_url": "http://localhost:8000",
        }
    )
