"""Unmodified clients connect, sign a person in, call a tool, refresh, and are disconnected."""

import asyncio
import time

import pytest

from tests.interop.unmodified.clients import CLIENTS
from tests.interop.unmodified.conftest import EXPIRED_SECONDS
from tests.interop.unmodified.setting import Arrivals, Setting, UnmodifiedClient

pytestmark = pytest.mark.anyio

DISCONNECTED_SECONDS = 5


async def live_through_a_connection(setting: Setting, connect: UnmodifiedClient) -> None:
    """Browser, tool, expiry, refresh without a browser, Disconnect, browser again within 5 s."""
    opened, person = setting.browser.opened, setting.browser.person
    async with connect(setting) as whoami:
        first = await whoami()
        await asyncio.sleep(EXPIRED_SECONDS)
        second = await whoami()
        opened_until_then = len(opened)
        disconnected = await person.disconnect_everything()
        deadline = time.monotonic() + DISCONNECTED_SECONDS
        third = await whoami()
        while len(opened) == opened_until_then and time.monotonic() < deadline:
            await asyncio.sleep(0.1)
            third = await whoami()
        _ = await person.disconnect_everything()

    assert person.email == first["email"]
    assert first["client_id"].startswith("https://localhost:" if setting.documents else "dwp_")
    assert first == second
    assert 1 == opened_until_then
    assert 1 == len(disconnected)
    assert 2 == len(opened)
    assert first["sub"] == third["sub"]


@pytest.mark.parametrize("connect", CLIENTS.values(), ids=CLIENTS)
async def test_an_unmodified_client_connects_refreshes_and_is_disconnected(
    arrivals: Arrivals, connect: UnmodifiedClient
):
    """Registered (RFC 7591), and with a Client ID Metadata Document over https."""
    await arrivals.each(lambda setting: live_through_a_connection(setting, connect))
