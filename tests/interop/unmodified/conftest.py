"""One server for every client, and a folder and a browser for each."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.flows.person import Person
from tests.flows.server_process import ServerProcess, environment_for, free_port, serving
from tests.interop.document_server import DocumentServer
from tests.interop.unmodified.setting import Browser, Setting

ACCESS_TOKEN_SECONDS = 1
"""Short enough to wait for."""
EXPIRED_SECONDS = ACCESS_TOKEN_SECONDS + 2.2
"""After so long an access token is refused: servers allow two seconds."""


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory, document_server: DocumentServer) -> Iterator[ServerProcess]:
    """A server whose access tokens live for seconds, and which trusts the authority of the document server."""
    folder = tmp_path_factory.mktemp("serve")
    settings = {"access_token_lifetime": f"{ACCESS_TOKEN_SECONDS}s", "cimd_allow_loopback": "1"}
    environment = environment_for(folder / "data", **settings)
    with serving({**environment, "SSL_CERT_FILE": str(document_server.authority)}, folder / "log") as process:
        yield process


@pytest.fixture
async def person(server: ServerProcess) -> AsyncIterator[Person]:
    """Somebody with an account, at a browser of their own."""
    async with Person(server.base) as somebody:
        yield somebody


@pytest.fixture(params=["registers", "has a document"])
def setting(
    request: pytest.FixtureRequest,
    server: ServerProcess,
    person: Person,
    tmp_path: Path,
    document_server: DocumentServer,
) -> Setting:
    """Where a client works, once for each way to arrive."""
    documents = document_server if request.param == "has a document" else None
    return Setting(server.resource, Browser(person), tmp_path, free_port(), documents)
