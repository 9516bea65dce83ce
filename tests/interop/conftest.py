"""A server on each kind of database for the clients of clients.toml, and their documents."""

from collections.abc import AsyncIterator, Callable, Iterator

import pytest

from tests.conftest import ENGINES
from tests.flows.service import Service, running, settings_for
from tests.interop.document_server import DocumentServer, serving_documents
from tests.interop.keys import ClientKeys


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def document_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DocumentServer]:
    """Client ID Metadata Documents over HTTPS."""
    with serving_documents(tmp_path_factory.mktemp("documents")) as documents:
        yield documents


@pytest.fixture(scope="session")
def client_keys() -> ClientKeys:
    """Keys that take a while to make."""
    return ClientKeys()


@pytest.fixture(scope="module", params=ENGINES)
async def service(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, document_server: DocumentServer
) -> AsyncIterator[Service]:
    """A server in this process with somebody signed in, shared by a module's tests."""
    folder = tmp_path_factory.mktemp("server")
    url = f"sqlite:///{folder / 'doorward.db'}"
    if request.param == "postgres":
        make: Callable[[], str] = request.getfixturevalue("new_postgres_database")
        url = make()
    settings = settings_for(folder, url, secret_key="k" * 40, registration_burst=10_000, cimd_allow_loopback=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SSL_CERT_FILE", str(document_server.authority))
        async with running(settings) as started:
            await started.signed_in()
            yield started
