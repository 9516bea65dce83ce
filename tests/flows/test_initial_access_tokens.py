"""Registration is open, or for bearers of an initial access token, or off (RFC 7591 §3)."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path

import httpx2
import pytest

from doorward.audit import AuditTag
from doorward.kit.secrets import TokenPrefix, new_token
from doorward.operations.create_initial_access_token import create_initial_access_token
from doorward.operations.list_initial_access_tokens import list_initial_access_tokens
from doorward.operations.revoke_initial_access_token import revoke_initial_access_token
from tests.builders import HERE
from tests.flows.service import REDIRECT, Service, running, settings_for

pytestmark = pytest.mark.anyio

METADATA = [
    f"{prefix}/.well-known/{name}{suffix}"
    for prefix, suffix in (("", ""), ("", "/http"), ("/http", ""))
    for name in ("oauth-authorization-server", "openid-configuration")
]
METHODS = ("none", "client_secret_basic")
Start = Callable[..., Awaitable[Service]]


@pytest.fixture
async def start(tmp_path: Path, database_url: str) -> AsyncIterator[Start]:
    """Starts a server that registers as it is told."""
    async with AsyncExitStack() as stack:

        async def run(mode: str, *, again: bool = False) -> Service:
            settings = settings_for(tmp_path, database_url, secret_key="k" * 40, registration=mode)
            return await stack.enter_async_context(running(settings, again=again))

        yield run


def given_a_token(service: Service, *, uses: int | None = None, lifetime: timedelta | None = None) -> str:
    now = service.clock.now()
    secret, _ = create_initial_access_token(
        service.installation.database,
        name="a partner",
        expires_at=now + lifetime if lifetime else None,
        uses=uses,
        now=now,
        context=HERE,
    )
    return secret.reveal()


async def register(service: Service, token: str | None, method: str = "none", **members: object) -> httpx2.Response:
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    body = {"redirect_uris": [REDIRECT], "token_endpoint_auth_method": method, **members}
    return await service.http.post("/api/oauth/register", json=body, headers=headers)


def uses_left(service: Service) -> list[int | None]:
    return [token.uses_left for token in list_initial_access_tokens(service.installation.database)]


async def test_an_open_registration_asks_for_nothing_and_minds_nothing(start: Start) -> None:
    """The default; a token that is sent all the same is not looked at."""
    service = await start("open")

    assert 201 == (await register(service, None)).status_code
    assert 201 == (await register(service, "anything")).status_code


@pytest.mark.parametrize("method", METHODS)
async def test_a_token_admits_as_many_clients_as_it_may(start: Start, method: str) -> None:
    """RFC 7591 §3: a use is a registration that succeeded."""
    service = await start("token")
    token = given_a_token(service, uses=2)
    statuses = [(await register(service, token, method)).status_code for _ in range(3)]

    assert [201, 201, 401] == statuses
    assert [0] == uses_left(service)
    events = [event for event in service.audit() if event.tag is AuditTag.CLIENT_REGISTERED]
    (listed,) = list_initial_access_tokens(service.installation.database)
    assert [listed.id] * 2 == [event.detail["token_id"] for event in events]


async def test_a_registration_that_fails_spends_nothing(start: Start) -> None:
    service = await start("token")
    token = given_a_token(service, uses=1)
    answer = await register(service, token, redirect_uris=[])

    assert (400, "invalid_redirect_uri") == (answer.status_code, answer.json()["error"])
    assert [1] == uses_left(service)


@pytest.mark.parametrize("method", METHODS)
async def test_without_a_token_there_is_a_challenge_and_no_error_in_it(start: Start, method: str) -> None:
    """RFC 6750 §3.1."""
    service = await start("token")
    answer = await register(service, None, method)

    assert (401, "invalid_token") == (answer.status_code, answer.json()["error"])
    assert 'Bearer realm="doorward"' == answer.headers["www-authenticate"]
    assert "no-store" == answer.headers["cache-control"]
    assert 401 == (await service.http.post("/register", json={"redirect_uris": [REDIRECT]})).status_code


@pytest.mark.parametrize("method", METHODS)
async def test_a_token_that_does_not_count_is_one_answer(start: Start, method: str) -> None:
    """Unknown, malformed, of another kind, expired, revoked or used up: no oracle."""
    service = await start("token")
    expired, revoked = given_a_token(service, lifetime=timedelta(hours=1)), given_a_token(service)
    used_up = given_a_token(service, uses=1)
    random_part = given_a_token(service).removeprefix("dwa_")
    await register(service, used_up)
    service.later(timedelta(hours=1))
    (token_id,) = [
        token.id
        for token in list_initial_access_tokens(service.installation.database)
        if token.expires_at is None and token.uses_left is None
    ][:1]
    now = service.clock.now()
    assert revoke_initial_access_token(service.installation.database, token_id=token_id, now=now, context=HERE)
    others = [kind + random_part for kind in TokenPrefix if kind is not TokenPrefix.INITIAL_ACCESS_TOKEN]
    unknown = new_token(TokenPrefix.INITIAL_ACCESS_TOKEN).reveal()
    answers = [await register(service, token, method) for token in (expired, revoked, used_up, unknown, "x", *others)]

    assert {401} == {answer.status_code for answer in answers}
    assert {'Bearer realm="doorward", error="invalid_token"'} == {a.headers["www-authenticate"] for a in answers}
    assert 1 == len({answer.text for answer in answers})
    assert 0 == service.installation.database.read(lambda stores: len(stores.clients.list()))
    refused = [event for event in service.audit() if event.tag is AuditTag.REGISTRATION_REFUSED]
    assert "token_not_live" in {event.detail["reason"] for event in refused}
    assert not any(token in str(service.audit()) for token in (expired, revoked, used_up, unknown))


async def test_fifty_racing_registrations_get_exactly_the_uses_there_are(start: Start) -> None:
    """Both kinds of clients, one statement each."""
    service = await start("token")
    token = given_a_token(service, uses=7)
    answers = await asyncio.gather(*(register(service, token, METHODS[n % 2]) for n in range(50)))

    assert [201] * 7 + [401] * 43 == sorted(answer.status_code for answer in answers)
    assert [0] == uses_left(service)


async def test_a_stranger_without_a_token_keeps_nobody_out(start: Start) -> None:
    """What cannot be admitted takes no place in the rate that everybody shares (R4)."""
    service = await start("token")
    token = given_a_token(service)
    for _ in range(110):
        assert 401 == (await register(service, None)).status_code

    assert 201 == (await register(service, token)).status_code


@pytest.mark.parametrize("mode", ["open", "token"])
async def test_the_metadata_name_the_endpoint_where_there_is_one(start: Start, mode: str) -> None:
    service = await start(mode)
    documents = [(await service.http.get(path)).json() for path in METADATA]

    assert ["http://localhost:8000/api/oauth/register"] * 6 == [d["registration_endpoint"] for d in documents]


async def test_where_registration_is_off_nobody_registers(start: Start) -> None:
    """403 in OAuth JSON, and no metadata document names the endpoint (RFC 8414 §2)."""
    service = await start("off")
    for token in (None, "dwa_" + "x" * 43):
        answer = await register(service, token)
        assert (403, "access_denied") == (answer.status_code, answer.json()["error"])
        assert "www-authenticate" not in answer.headers
    documents = [(await service.http.get(path)).json() for path in METADATA]

    assert not [document for document in documents if "registration_endpoint" in document]


async def test_what_registered_before_goes_on_where_registration_is_off(start: Start) -> None:
    """Stateless and stored clients alike; the stored ones still manage themselves."""
    before = await start("open")
    public = (await register(before, None)).json()
    stored = (await register(before, None, "client_secret_post")).json()
    service = await start("off", again=True)
    await service.signed_in()
    path = f"/api/oauth/register/{stored['client_id']}"
    headers = {"Authorization": f"Bearer {stored['registration_access_token']}"}

    assert 200 == (await service.consent_page(public["client_id"])).status_code
    assert 200 == (await service.http.get(path, headers=headers)).status_code
