"""The conformance suite of the Model Context Protocol, on a running authorization server."""

import asyncio
import json

import httpx2
import pytest

from tests.flows.server_process import ServerProcess
from tests.interop.unmodified.node_packages import NODE, installed
from tests.interop.unmodified.program import environment_at, running
from tests.interop.unmodified.setting import Setting

pytestmark = pytest.mark.anyio

_PROGRAM = "node_modules/@modelcontextprotocol/conformance/dist/index.js"


async def test_the_authorization_suite_has_nothing_to_say(setting: Setting, server: ServerProcess):
    """Its `authorization` command, every scenario, on a public client."""
    registration = {"client_name": "Conformance", "redirect_uris": [f"http://127.0.0.1:{setting.port}/callback"]}
    client_id = httpx2.post(f"{server.base}/register", json=registration).json()["client_id"]
    options = ("--client-id", client_id, "--resource", server.resource, "--port", str(setting.port), "-o", "results")
    command = (NODE, str(installed() / _PROGRAM), "authorization", "--url", server.base, *options)
    async with running(
        *command, environment=environment_at(setting.home), folder=setting.home, mix_errors=True
    ) as program:
        assert program.process.stdout is not None
        async with asyncio.timeout(60):
            while line := (await program.process.stdout.readline()).decode():
                program.said.append(line.rstrip())
                if "response_type=code" in line:
                    await setting.browser.follow_to_the_end(line.strip())
            await program.process.wait()
    await setting.browser.person.disconnect_everything()
    checks = [
        check for path in (setting.home / "results").rglob("checks.json") for check in json.loads(path.read_text())
    ]

    assert 0 == program.process.returncode, "\n".join(program.said)
    assert 1 == len(setting.browser.opened)
    assert [] == [
        check
        for check in checks
        if check["status"] != "SUCCESS" and check["id"] != "authorization-server-metadata-cimd"
    ]
    assert "authorization-code-grant" in {check["id"] for check in checks}
