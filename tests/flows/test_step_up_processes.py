"""Step-up with an unmodified MCP client, on a server as operators run it."""

import json
import secrets
from collections.abc import Callable, Iterator

import pytest
from mcp.client.auth import OAuthFlowError
from mcp.shared.auth import AuthorizationCodeResult
from mcp.shared.exceptions import MCPError

from tests.conftest import ENGINES
from tests.flows.person import Person
from tests.flows.sdk_client import Connector, text_of
from tests.flows.server_process import ServerProcess, environment_for, free_port, serving

pytestmark = pytest.mark.anyio

MODES = ("legacy", "2026-07-28")


@pytest.fixture(scope="module", params=ENGINES)
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A server whose tool `add` needs more than reading."""
    folder = tmp_path_factory.mktemp("step-up")
    port, file = free_port(), folder / "resources.json"
    resource = {
        "identifier": f"http://localhost:{port}/http",
        "name": "Notes",
        "default_scope": "notes:read",
        "scopes": [
            {"name": "notes", "words": "Read and change your notes", "includes": ["notes:read"]},
            {"name": "notes:read", "words": "Read your notes"},
        ],
        "tool_scopes": {"add": "notes"},
        "token_format": "opaque",
    }
    file.write_text(json.dumps({"resources": [resource]}))
    settings = {"resources_file": str(file), "mcp_base_url": f"http://localhost:{port}"}
    if request.param == "postgres":
        make: Callable[[], str] = request.getfixturevalue("new_postgres_database")
        settings |= {"database_url": make(), "secret_key": secrets.token_hex(32)}
    environment = environment_for(folder / "data", **settings)
    with serving(environment, folder / "log", port=port) as process:
        yield process


class Reluctant(Person):
    """Allows the first request and refuses every other."""

    async def follow(self, authorization_url: str) -> str:
        return await (self.refuse(authorization_url) if self.consents else super().follow(authorization_url))


class Unwilling(Connector):
    """A host that tells the client of a refusal."""

    async def _wait_for_callback(self) -> AuthorizationCodeResult:
        if "error" in self.callback:
            raise OAuthFlowError(self.callback["error"])
        return await super()._wait_for_callback()


@pytest.mark.parametrize("mode", MODES)
async def test_the_client_asks_for_more_when_a_tool_needs_it(server: ServerProcess, mode: str):
    """403, the browser once more with the union, and the call goes through; afterwards nobody is asked again."""
    async with Person(server.base) as person:
        connector = Connector(server.resource, person)
        async with connector.connected(mode) as client:
            await client.call_tool("whoami", {})
            narrow = connector.storage.tokens
            added = await client.call_tool("add", {"a": 1, "b": 2})
            again = await client.call_tool("add", {"a": 2, "b": 2})
        wide = connector.storage.tokens

    assert narrow is not None
    assert wide is not None
    assert "notes" not in (narrow.scope or "").split()
    assert {"notes", "notes:read"} <= set((wide.scope or "").split())
    assert narrow.access_token.startswith("dwt_")
    assert ("3.0", "4.0") == (text_of(added), text_of(again))
    assert 2 == len(connector.opened) == person.consents
    assert 1 == [status for _, path, status in connector.exchanges if path == "/http"].count(403)


@pytest.mark.parametrize("mode", MODES)
async def test_a_person_who_declines_is_not_asked_in_a_loop(server: ServerProcess, mode: str):
    """R21: the next call fails with a reason, without a browser, and the rest goes on working."""
    async with Reluctant(server.base) as person:
        connector = Unwilling(server.resource, person)
        with pytest.raises(Exception):  # noqa: B017, PT011, PT012 - the SDK ends the connection in its own ways
            async with connector.connected(mode) as client:
                await client.call_tool("whoami", {})
                await client.call_tool("add", {"a": 1, "b": 2})
        said = connector.callback
        asked = len(connector.opened)
        async with connector.connected(mode) as client:
            with pytest.raises(MCPError, match="declined"):
                await client.call_tool("add", {"a": 1, "b": 2})
            answer = await client.call_tool("whoami", {})

    assert "access_denied" == said["error"]
    assert 2 == asked == len(connector.opened)
    assert not answer.is_error
