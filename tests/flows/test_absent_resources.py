"""A resource is dropped from the settings file and declared again, seen by the people who had allowed it."""

from datetime import timedelta
from pathlib import Path

import pytest

from tests.flows.round_trips import without_jobs
from tests.flows.service import WEB_REDIRECT, Service, StoppedClock, running, settings_for

pytestmark = pytest.mark.anyio

FILES = "https://files.example.com/mcp"
AT_FILES = {"redirect_uri": WEB_REDIRECT, "resource": FILES}


def the_file(folder: Path, *, words: str) -> Path:
    path = folder / "resources.toml"
    path.write_text(
        f'[[resources]]\nidentifier = "{FILES}"\nname = "Files"\ndefault_scope = "mcp"\n'
        f'scopes = [{{ name = "mcp", words = "{words}" }}]\n'
    )
    return path


async def asked(service: Service, client_id: str) -> bool:
    page = await service.consent_page(client_id, **AT_FILES)
    return page.status_code == 200


@pytest.mark.parametrize(("hours", "goes_on"), [(23, True), (25, False)])
async def test_what_was_allowed_goes_on_for_a_day_and_then_ends(
    tmp_path: Path, database_url: str, hours: int, goes_on: bool
) -> None:
    clock = StoppedClock()
    plain = settings_for(tmp_path, database_url, secret_key="k" * 40)
    declared = plain.model_copy(update={"resources_file": the_file(tmp_path, words="Read your files")})
    with without_jobs():
        async with running(declared, clock=clock) as service:
            client_id = service.operators_client(trusted=True).client_id
            await service.signed_in()
            code = await service.code(client_id, **AT_FILES)
            tokens = (await service.redeemed(client_id, code, redirect_uri=WEB_REDIRECT)).json()
            assert not await asked(service, client_id)
        async with running(plain, clock=clock, again=True) as service:
            await service.run_job("absent_resources")
            missing = await service.refreshed(client_id, tokens["refresh_token"])
            for _ in range(hours):
                service.later(timedelta(hours=1))
                await service.run_job("absent_resources")
        the_file(tmp_path, words="Delete all your files")
        async with running(declared, clock=clock, again=True) as service:
            await service.run_job("absent_resources")
            await service.signed_in()
            spared = not await asked(service, client_id)
            refreshed = await service.refreshed(client_id, tokens["refresh_token"])

    assert (400, "invalid_grant") == (missing.status_code, missing.json()["error"])
    assert goes_on is spared
    assert (200 if goes_on else 400) == refreshed.status_code
