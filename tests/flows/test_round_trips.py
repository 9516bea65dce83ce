"""How often each hot endpoint goes to the database, over the whole request, once its caches are warm."""

from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path

import pytest

from doorward.oauth.records import EVERYBODY, ClientRule, Verdict
from tests.flows.round_trips import round_trips, without_jobs
from tests.flows.service import BASE, WEB_REDIRECT, Service, StoppedClock, callback, running, settings_for
from tests.flows.test_client_authentication import basic
from tests.signing_clients import ASSERTION_TYPE, Signer

pytestmark = pytest.mark.anyio

DOCUMENTS = (
    "/.well-known/oauth-authorization-server",
    "/.well-known/openid-configuration/http",
    "/.well-known/oauth-protected-resource",
    "/.well-known/oauth-protected-resource/http",
    "/.well-known/jwks.json",
)
METHODS = ("none", "client_secret_basic", "client_secret_post", "private_key_jwt")
Who = Callable[[], tuple[dict[str, str], dict[str, str]]]
"""The form fields and the headers with which a client says who it is, in each request anew."""


@pytest.fixture
async def service(tmp_path: Path, database_url: str) -> AsyncIterator[Service]:
    """A server without jobs on a clock that stands still: what is cached stays so."""
    settings = settings_for(tmp_path, database_url, secret_key="k" * 40)
    with without_jobs():
        async with running(settings, clock=StoppedClock()) as started:
            yield started


async def a_client(service: Service, method: str) -> tuple[str, Who]:
    """A fresh client, and how it says who it is."""
    signer = Signer.new(BASE)
    client = await service.registered(token_endpoint_auth_method=method, jwks=signer.jwks)
    client_id = client["client_id"]

    def who() -> tuple[dict[str, str], dict[str, str]]:
        if method == "private_key_jwt":
            assertion = signer.assertion(client_id, service.clock.now())
            return {"client_assertion_type": ASSERTION_TYPE, "client_assertion": assertion}, {}
        if method == "client_secret_basic":
            return {"client_id": client_id}, basic(client_id, client["client_secret"])
        names = ("client_id", "client_secret") if method == "client_secret_post" else ("client_id",)
        return {name: client[name] for name in names}, {}

    return client_id, who


async def exchanged(service: Service, who: Who, code: str) -> dict[str, str]:
    fields, headers = who()
    form = {"grant_type": "authorization_code", "code": code, "code_verifier": service.verifier}
    answer = await service.token(headers, **form, **fields)
    assert 200 == answer.status_code, answer.text
    return answer.json()


async def test_the_count_sees_what_it_counts(service: Service) -> None:
    """Otherwise every budget would hold."""
    with round_trips(service.installation) as trips:
        service.installation.database.read(lambda stores: stores.clients.list())
        service.installation.database.write(lambda stores: stores.clients.delete("nobody"))

    assert len(trips) >= 2


@pytest.mark.parametrize("path", DOCUMENTS)
async def test_discovery_and_keys_need_no_database(service: Service, path: str) -> None:
    with round_trips(service.installation) as trips:
        assert 200 == (await service.http.get(path)).status_code

    assert [] == trips


@pytest.mark.parametrize("method", METHODS)
async def test_a_code_is_exchanged_in_one_round_trip(service: Service, method: str) -> None:
    """Client, blocks, assertion, code, Authorization and audit row: one statement says and does it all."""
    client_id, who = await a_client(service, method)
    await service.signed_in()
    await exchanged(service, who, await service.code(client_id))
    code = await service.code(client_id)
    with round_trips(service.installation) as trips:
        await exchanged(service, who, code)

    assert 1 == len(trips), trips


async def test_a_remembered_consent_answers_in_one_round_trip(service: Service) -> None:
    """Session, user, client, rules, consent, Authorization, code and audit row."""
    client_id = service.operators_client(trusted=True).client_id
    await service.signed_in()
    (user,) = service.installation.database.read(lambda stores: stores.users.list())
    for verdict, user_id in ((Verdict.ASK, EVERYBODY), (Verdict.ALLOW, user.id)):
        rule = ClientRule(subject=client_id, verdict=verdict, user_id=user_id, created_at=service.clock.now())
        service.installation.database.write(lambda stores, it=rule: stores.clients.set_rule(it))
    await service.decided(await service.consent_page(client_id, redirect_uri=WEB_REDIRECT))
    with round_trips(service.installation) as trips:
        answer = await service.consent_page(client_id, redirect_uri=WEB_REDIRECT)

    assert callback(answer)["code"]
    assert 1 == len(trips), trips


@pytest.mark.parametrize("method", METHODS)
async def test_a_refresh_is_one_round_trip(service: Service, method: str) -> None:
    client_id, who = await a_client(service, method)
    await service.signed_in()
    tokens = await exchanged(service, who, await service.code(client_id))
    fields, headers = who()
    form = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"], **fields}
    with round_trips(service.installation) as trips:
        answer = await service.token(headers, **form)

    assert 200 == answer.status_code
    assert 1 == len(trips), trips


async def test_a_bearer_token_is_checked_from_memory(service: Service) -> None:
    """The first time as well: signature, claims and revocations need no look-up."""
    _, tokens = await service.connected()
    headers = {"authorization": f"Bearer {tokens['access_token']}"}
    with round_trips(service.installation) as trips:
        answers = [await service.http.post("/http", json={}, headers=headers) for _ in range(3)]

    assert not {401, 403, 503} & {answer.status_code for answer in answers}
    assert [] == trips


async def test_a_refused_token_costs_strangers_nothing(service: Service) -> None:
    """Garbage and forgeries never reach the database."""
    _, tokens = await service.connected()
    header, payload, _ = tokens["access_token"].split(".")
    with round_trips(service.installation) as trips:
        for token in ("garbage", f"{header}.{payload}.{'A' * 86}", f"{header}.{payload}."):
            answer = await service.http.post("/http", json={}, headers={"authorization": f"Bearer {token}"})
            assert 401 == answer.status_code

    assert [] == trips


async def test_a_look_up_is_believed_for_five_seconds(service: Service) -> None:
    """Then the blocks are read again, so that an operator's word counts everywhere (T14)."""
    client_id, tokens = await service.connected()
    service.later(timedelta(seconds=6))
    with round_trips(service.installation) as cold:
        answer = await service.refreshed(client_id, tokens["refresh_token"])
    with round_trips(service.installation) as warm:
        await service.refreshed(client_id, answer.json()["refresh_token"])

    assert 1 == len(warm), warm
    assert len(cold) > 1
