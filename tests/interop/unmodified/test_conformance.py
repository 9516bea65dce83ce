"""The conformance suite of the Model Context Protocol, on a running authorization server."""

import asyncio
import json

import httpx2
import pytest

from tests.flows.server_process import ServerProcess
from tests.interop.unmodified.node_packages import NODE, installed
from tests.interop.unmodified.program import environment_at, running
from tests.interop.unmodified.setting import Arrivals, Setting

pytestmark = pytest.mark.anyio

_PROGRAM = "node_modules/@modelcontextprotocol/conformance/dist/index.js"


async def test_the_authorization_suite_has_nothing_to_say(arrivals: Arrivals, server: ServerProcess):
    """Its `authorization` command, every scenario, with a public client."""
    await arrivals.each(lambda setting: run_the_suite(setting, server))


async def run_the_suite(setting: Setting, server: ServerProcess) -> None:
    """As people do, to its end."""
    redirect = f"http://127.0.0.1:{setting.port}/callback"
    client_id = setting.document("Conformance", redirect) or registered(server, redirect)
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
    assert {"SUCCESS"} == {check["status"] for check in checks}, checks
    assert {"authorization-code-grant", "authorization-server-metadata-cimd"} <= {check["id"] for check in checks}


def registered(server: ServerProcess, redirect: str) -> str:
    """A public client's id."""
    body = {"client_name": "Conformance", "redirect_uris": [redirect]}
    return httpx2.post(f"{server.base}/register", json=body).json()["client_id"]
