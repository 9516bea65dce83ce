"""An authority for every test of the way out."""

from pathlib import Path

import pytest

from tests.https_server import Authority, an_authority


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """A certificate authority of this session."""
    folder: Path = tmp_path_factory.mktemp("authority")
    return an_authority(folder)
