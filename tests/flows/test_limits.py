"""The limits an operator sets are the ones that hold."""

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from pathlib import Path

import httpx2
import pytest

from doorward.settings import load_settings
from tests.flows.service import EMAIL, PASSWORD, REDIRECT, Service, StoppedClock, running, settings_for

pytestmark = pytest.mark.anyio

Running = Callable[..., AbstractAsyncContextManager[Service]]


@pytest.fixture
def server(tmp_path: Path, database_url: str) -> Running:
    """Runs a server with these settings, on a clock that stands still."""

    def run(**changes: object) -> AbstractAsyncContextManager[Service]:
        settings = settings_for(tmp_path, database_url, secret_key="k" * 40, **changes)
        return running(settings, clock=StoppedClock())

    return run


async def registration(service: Service) -> httpx2.Response:
    return await service.http.post("/api/oauth/register", json={"redirect_uris": [REDIRECT]})


def login(service: Service, email: str = EMAIL) -> Callable[[str], Awaitable[httpx2.Response]]:
    return lambda password: service.http.post("/api/users/login", json={"email": email, "password": password})


async def test_without_rate_limits_nobody_is_told_to_wait(tmp_path: Path, database_url: str) -> None:
    """`DOORWARD_RATE_LIMITS=off`, as the environment says it, lifts every limit."""
    chosen = {
        "DATA_DIR": str(tmp_path),
        "DATABASE_URL": database_url,
        "SECRET_KEY": "k" * 40,
        "MCP_BASE_URL": "http://localhost:8000",
        "RATE_LIMITS": "off",
        "REGISTRATION_BURST": "1",
        "REGISTRATION_RATE": "0.001",
        "SIGN_IN_ATTEMPTS": "1",
        "SIGN_IN_ATTEMPTS_PER_ADDRESS": "1",
    }
    settings = load_settings({f"DOORWARD_{name}": value for name, value in chosen.items()})
    async with running(settings, clock=StoppedClock()) as service:
        registrations = [await registration(service) for _ in range(5)]
        wrong = [await login(service)("not the password at all") for _ in range(4)]
        right = await login(service)(PASSWORD)

    assert [201] * 5 == [answer.status_code for answer in registrations]
    assert [401] * 4 == [answer.status_code for answer in wrong]
    assert 200 == right.status_code


async def test_registrations_follow_the_burst_and_the_rate_of_the_settings(server: Running) -> None:
    """S53: three at once, then one in ten seconds."""
    async with server(registration_burst=3, registration_rate=0.1) as service:
        at_once = [await registration(service) for _ in range(5)]
        service.later(timedelta(seconds=10))
        later = [await registration(service) for _ in range(2)]

    assert [201, 201, 201, 429, 429] == [answer.status_code for answer in at_once]
    assert ["10", "10"] == [answer.headers["retry-after"] for answer in at_once[3:]]
    assert [201, 429] == [answer.status_code for answer in later]


async def test_an_account_can_be_tried_as_often_as_the_settings_say(server: Running) -> None:
    """ASVS 6.3.1: after that even the right password has to wait, until the period is over."""
    async with server(sign_in_attempts=2, sign_in_period=timedelta(minutes=4)) as service:
        wrong = [await login(service)("not the password at all") for _ in range(2)]
        throttled = await login(service)(PASSWORD)
        service.later(timedelta(minutes=4))
        after = await login(service)(PASSWORD)

    assert [401, 401, 429, 200] == [answer.status_code for answer in (*wrong, throttled, after)]
    assert 1 <= int(throttled.headers["retry-after"]) <= 240


async def test_one_address_can_try_as_many_accounts_as_the_settings_say(server: Running) -> None:
    async with server(sign_in_attempts_per_address=3) as service:
        answers = [await login(service, f"person{number}@example.com")("a wrong password") for number in range(5)]

    assert [401, 401, 401, 429, 429] == [answer.status_code for answer in answers]


async def test_without_a_retry_window_no_answer_is_given_twice(server: Running) -> None:
    """With 0 the predecessor gets a fresh successor at once, and the one nobody used counts as reuse from then on."""
    async with server(refresh_retry_window=timedelta(0)) as service:
        client_id, tokens = await service.connected()
        parent = tokens["refresh_token"]
        answers = [await service.refreshed(client_id, parent) for _ in range(3)]
        successors = [answer.json()["refresh_token"] for answer in answers]
        newest = await service.refreshed(client_id, successors[-1])
        reuse = await service.refreshed(client_id, successors[0])
        after = await service.refreshed(client_id, newest.json()["refresh_token"])

    assert [200] * 4 == [answer.status_code for answer in (*answers, newest)]
    assert 3 == len(set(successors))
    assert ["invalid_grant"] * 2 == [answer.json()["error"] for answer in (reuse, after)]


async def test_the_retry_window_lasts_as_long_as_the_settings_say(server: Running) -> None:
    async with server(refresh_retry_window=timedelta(minutes=30)) as service:
        client_id, tokens = await service.connected()
        first = await service.refreshed(client_id, tokens["refresh_token"])
        service.later(timedelta(minutes=29))
        within = await service.refreshed(client_id, tokens["refresh_token"])
        service.later(timedelta(minutes=2))
        beyond = await service.refreshed(client_id, tokens["refresh_token"])

    tokens_given = [answer.json()["refresh_token"] for answer in (first, within, beyond)]
    assert tokens_given[0] == tokens_given[1] != tokens_given[2]
