"""Unmodified clients are started again: on what they kept, and on a registration that this server does not know."""

import asyncio
from pathlib import Path

import pytest

from tests.interop.unmodified.clients import CLIENTS
from tests.interop.unmodified.conftest import EXPIRED_SECONDS
from tests.interop.unmodified.setting import Arrivals, Setting

pytestmark = pytest.mark.anyio

KEEP_FILES = ("fastmcp", "mcp-remote")


@pytest.mark.parametrize("name", KEEP_FILES)
async def test_a_client_that_is_started_again_refreshes_without_a_browser(arrivals: Arrivals, name: str):
    """R9: what it kept has expired; FastMCP then refreshes at `/token`, as it does not keep the metadata."""

    async def live_through_a_restart(setting: Setting) -> None:
        async with CLIENTS[name](setting) as whoami:
            first = await whoami()
        await asyncio.sleep(EXPIRED_SECONDS)
        async with CLIENTS[name](setting) as whoami:
            second = await whoami()
        await setting.browser.person.disconnect_everything()

        assert first == second
        assert 1 == len(setting.browser.opened)

    await arrivals.each(live_through_a_restart)


@pytest.mark.parametrize("name", KEEP_FILES)
async def test_a_client_whose_registration_is_unknown_registers_again(arrivals: Arrivals, name: str):
    """R2: 400 at the authorization endpoint, 401 `invalid_client` at the token endpoint: clients mend themselves."""
    setting = arrivals.registers
    async with CLIENTS[name](setting) as whoami:
        first = await whoami()
    forget(setting.home, first["client_id"])
    await asyncio.sleep(EXPIRED_SECONDS)
    async with CLIENTS[name](setting) as whoami:
        second = await whoami()
    await setting.browser.person.disconnect_everything()

    assert first["sub"] == second["sub"]
    assert first["client_id"] != second["client_id"]
    assert 2 == len(setting.browser.opened)


def forget(home: Path, client_id: str) -> None:
    """Change the client id in every file of a client, as if another server had given it."""
    changed = 0
    for path in home.rglob("*.json"):
        text = path.read_text()
        path.write_text(text.replace(client_id, "dwp_" + "A" * 40))
        changed += text.count(client_id)
    assert changed
