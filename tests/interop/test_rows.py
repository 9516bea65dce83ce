"""Every client of clients.toml, from its first request to its last, as it sends them (interop section 2)."""

import random

import pytest

from tests.flows.service import RESOURCE, Service
from tests.interop.conversation import Conversation
from tests.interop.document_server import DocumentServer
from tests.interop.keys import ClientKeys
from tests.interop.rows import ROWS, Row

pytestmark = pytest.mark.anyio


@pytest.fixture
def talk(service: Service, document_server: DocumentServer, client_keys: ClientKeys):
    """Begin to talk as a client."""

    def begin(row: Row) -> Conversation:
        return Conversation(row, service, document_server, client_keys, random.randint(49152, 65535))  # noqa: S311 - a port

    return begin


@pytest.mark.parametrize(
    ("row", "redirect"),
    [pytest.param(row, uri, id=f"{row.name}: {uri}") for row in ROWS for uri in row.redirects],
)
async def test_a_client_is_served_as_it_asks(talk, row: Row, redirect: str):
    """Discovery, arrival, consent, tokens, a call, refreshes, the end."""
    client = talk(row)
    await client.discover()
    await client.arrive()
    tokens = await client.redeem(await client.authorize(redirect))
    claims = await client.use(tokens["access_token"])
    kept = await client.refresh(tokens)
    later = await client.use(kept["access_token"])
    await client.is_unknown()
    await client.is_disconnected(kept, claims["gid"])

    assert (RESOURCE, client.client["client_id"]) == (claims["aud"], claims["client_id"])
    assert (claims["sub"], claims["gid"], claims["aud"]) == (later["sub"], later["gid"], later["aud"])
    assert tokens["scope"] == kept["scope"]


def test_every_client_that_this_server_knows_has_a_row():
    """R12: the data files name the same programs."""
    assert {"Claude", "Claude Code", "ChatGPT", "Cursor", "VS Code", "Gemini CLI", "Codex", "Goose"} <= {
        row.client for row in ROWS
    }
