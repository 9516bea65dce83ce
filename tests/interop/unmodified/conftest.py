"""One server for every client, and a folder, a browser and a person for each way in which it arrives."""

import signal
import webbrowser
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from tests.flows.person import Person
from tests.flows.server_process import (
    EMAIL,
    ServerProcess,
    environment_for,
    free_port,
    given_an_account,
    serving,
)
from tests.interop.document_server import DocumentServer
from tests.interop.unmodified.fastmcp_client import open_at_hand
from tests.interop.unmodified.setting import Arrivals, Browser, Setting

ACCESS_TOKEN_SECONDS = 1
"""Short enough to wait for."""
EXPIRED_SECONDS = ACCESS_TOKEN_SECONDS + 2.2
"""After so long an access token is refused: servers allow two seconds."""
SOMEBODY_ELSE = "else@example.com"


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory, document_server: DocumentServer) -> Iterator[ServerProcess]:
    """A server whose access tokens live for seconds, and which trusts the authority of the document server."""
    folder = tmp_path_factory.mktemp("serve")
    settings = {"access_token_lifetime": f"{ACCESS_TOKEN_SECONDS}s", "cimd_allow_loopback": "1"}
    environment = environment_for(folder / "data", **settings)
    given_an_account(environment, SOMEBODY_ELSE)
    with serving({**environment, "SSL_CERT_FILE": str(document_server.authority)}, folder / "log") as process:
        yield process


@pytest.fixture(autouse=True)
def signals_as_before() -> Iterator[None]:
    """FastMCP's servers for callbacks overlap, and one that has ended then stays the handler of signals.

    Servers of events in this process would take it for the server they run in, and would end at once.
    """
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in handlers.items():
        signal.signal(number, handler)


@pytest.fixture
async def arrivals(
    server: ServerProcess, tmp_path: Path, document_server: DocumentServer, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Arrivals]:
    """Two people with the same client: one registers, the other has a document."""
    monkeypatch.setattr(webbrowser, "open", open_at_hand)
    async with AsyncExitStack() as stack:

        async def place(email: str, documents: DocumentServer | None) -> Setting:
            person = await stack.enter_async_context(Person(server.base, email))
            home = tmp_path / email
            home.mkdir()
            return Setting(server.resource, Browser(person), home, free_port(), documents)

        yield Arrivals(await place(EMAIL, None), await place(SOMEBODY_ELSE, document_server))
