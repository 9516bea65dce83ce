"""An unmodified MCP client at an issuer with a path."""

from pathlib import Path

import pytest

from tests.flows.person import Person
from tests.flows.sdk_client import Connector, claims_of
from tests.flows.server_process import environment_for, free_port, serving

pytestmark = pytest.mark.anyio


async def test_an_unmodified_client_connects_under_a_path(tmp_path: Path):
    """It finds both documents by the rules of RFC 8414 §3.1 and RFC 9728 §3.1, and checks the issuer byte for byte."""
    port = free_port()
    issuer = f"http://localhost:{port}/tenant"
    environment = environment_for(tmp_path / "data", mcp_base_url=issuer)
    with serving(environment, tmp_path / "log", port=port) as server:
        async with Person(server.base) as person:
            connector = Connector(f"{issuer}/http", person)
            async with connector.connected("2026-07-28") as client:
                answer = await client.call_tool("whoami", {})
        claims = claims_of(connector.access_token)

    assert not answer.is_error
    assert (issuer, f"{issuer}/http") == (claims["iss"], claims["aud"])
    assert ("GET", "/.well-known/oauth-protected-resource/tenant/http", 200) in connector.exchanges
    assert ("GET", "/.well-known/oauth-authorization-server/tenant", 200) in connector.exchanges
    assert 404 not in [status for _, _, status in connector.exchanges]
