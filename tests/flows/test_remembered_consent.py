"""When a person is spared the question, and when never (ASVS 10.7.1)."""

from datetime import timedelta

import pytest

from doorward.kit.unit_of_work import DatabaseUnavailable
from doorward.oauth.records import EVERYBODY, ClientRule, Verdict
from tests.flows.service import EMAIL, PASSWORD, REDIRECT, RESOURCE, WEB_REDIRECT, Service, callback, challenge_for

pytestmark = pytest.mark.anyio


async def test_a_trusted_client_of_an_operator_is_asked_for_once(service: Service) -> None:
    client_id = service.operators_client(trusted=True).client_id
    await service.signed_in()
    first = await service.consent_page(client_id, redirect_uri=WEB_REDIRECT)
    await service.decided(first)
    second = await service.consent_page(client_id, redirect_uri=WEB_REDIRECT)
    silent = await service.consent_page(client_id, redirect_uri=WEB_REDIRECT, prompt="none")
    asked = await service.consent_page(client_id, redirect_uri=WEB_REDIRECT, prompt="consent")
    wider = await service.consent_page(client_id, redirect_uri=WEB_REDIRECT, scope="mcp offline_access")

    assert 'value="approve"' in first.text
    assert callback(second)["code"]
    assert callback(silent)["code"]
    assert 'value="approve"' in asked.text
    assert 'value="approve"' in wider.text


@pytest.mark.parametrize(
    ("trusted", "redirect_uri"), [(False, WEB_REDIRECT), (True, REDIRECT), (True, "com.example.portal:/callback")]
)
async def test_an_untrusted_or_local_one_is_asked_for_every_time(
    service: Service, trusted: bool, redirect_uri: str
) -> None:
    """Any program on the computer can listen on a loopback port or claim a scheme (RFC 8252 §8.6)."""
    client_id = service.operators_client(trusted=trusted, redirect_uri=redirect_uri).client_id
    await service.signed_in()
    await service.decided(await service.consent_page(client_id, redirect_uri=redirect_uri))
    again = await service.consent_page(client_id, redirect_uri=redirect_uri)

    assert 'value="approve"' in again.text


async def test_a_client_that_registered_itself_is_asked_for_every_time(service: Service) -> None:
    """Remembered consent is no defence where anybody can have the id (GHSA-6x8h-498w-gv8c)."""
    client_id = (await service.registered(redirect_uris=[WEB_REDIRECT]))["client_id"]
    await service.signed_in()
    await service.decided(await service.consent_page(client_id, redirect_uri=WEB_REDIRECT))
    again = await service.consent_page(client_id, redirect_uri=WEB_REDIRECT)

    assert 'value="approve"' in again.text


async def test_an_administrator_who_wants_to_be_asked_is_not_passed_over(service: Service) -> None:
    """The rules of this very moment count, on the short way as on the long one."""
    client_id = service.operators_client(trusted=True).client_id
    await service.signed_in()
    await service.decided(await service.consent_page(client_id, redirect_uri=WEB_REDIRECT))
    (user,) = service.installation.database.read(lambda stores: stores.users.list())
    seen: list[tuple[int, bool, bool]] = []
    for verdict, user_id in ((Verdict.ASK, EVERYBODY), (Verdict.ALLOW, user.id), (Verdict.DENY, user.id)):
        rule = ClientRule(subject=client_id, verdict=verdict, user_id=user_id, created_at=service.clock.now())
        service.installation.database.write(lambda stores, it=rule: stores.clients.set_rule(it))
        page = await service.consent_page(client_id, redirect_uri=WEB_REDIRECT)
        seen.append((page.status_code, "Ask the administrator" in page.text, "location" in page.headers))

    assert [(200, True, False), (303, False, True), (403, True, False)] == seen


async def test_a_decision_in_the_operators_own_dashboard_is_remembered_like_one_on_the_page(service: Service) -> None:
    client_id = service.operators_client(trusted=True).client_id
    login = await service.http.post("/api/users/login", json={"email": EMAIL, "password": PASSWORD})
    request = {
        "client_id": client_id,
        "response_type": "code",
        "redirect_uri": WEB_REDIRECT,
        "code_challenge": challenge_for(service.verifier),
        "code_challenge_method": "S256",
    }
    bearer = {"authorization": f"Bearer {login.json()['access_token']}"}
    decided = await service.http.post("/api/oauth/authorize", json=request, headers=bearer)
    await service.signed_in()
    silent = await service.consent_page(client_id, redirect_uri=WEB_REDIRECT)

    assert 200 == decided.status_code
    assert callback(silent)["code"]


async def test_nothing_is_kept_about_clients_that_are_asked_for_every_time(service: Service) -> None:
    """T8: every registration has an id of its own, so such rows would only grow."""
    client_id, _ = await service.connected(redirect_uris=[REDIRECT])
    user = service.installation.database.read(lambda stores: stores.users.find_by_email(EMAIL))
    assert user is not None
    kept = service.installation.database.read(
        lambda stores: stores.consents.find(user.id, client_id, "127.0.0.1", RESOURCE)
    )

    assert kept is None


@pytest.mark.parametrize("pause", [timedelta(0), timedelta(seconds=6)], ids=["warm caches", "cold caches"])
async def test_a_silent_request_for_less_takes_nothing_back(service: Service, pause: timedelta) -> None:
    """What is remembered is what the person decided, whichever way the request took."""
    client_id = service.operators_client(trusted=True).client_id
    await service.signed_in()
    both = {"redirect_uri": WEB_REDIRECT, "scope": "mcp offline_access"}
    await service.decided(await service.consent_page(client_id, **both))
    service.later(pause)
    less = await service.consent_page(client_id, redirect_uri=WEB_REDIRECT, scope="mcp")
    again = await service.consent_page(client_id, **both)

    assert callback(less)["code"]
    assert callback(again)["code"]


@pytest.mark.parametrize("failure", [RuntimeError, DatabaseUnavailable])
async def test_when_the_short_way_fails_the_long_one_answers(
    service: Service, monkeypatch: pytest.MonkeyPatch, failure: type[Exception]
) -> None:
    client_id = service.operators_client(trusted=True).client_id
    await service.signed_in()
    await service.decided(await service.consent_page(client_id, redirect_uri=WEB_REDIRECT))
    failed: list[object] = []

    def fail(*given: object) -> bool:
        failed.append(given)
        raise failure

    for verb in ("issue_remembered", "issue"):
        monkeypatch.setattr(service.installation.database.code_path, verb, fail, raising=False)
    answer = await service.consent_page(client_id, redirect_uri=WEB_REDIRECT)

    assert callback(answer)["code"]
    assert 1 == len(failed)


async def test_a_person_who_is_spared_gets_a_code_that_works(service: Service) -> None:
    client_id = service.operators_client(trusted=True).client_id
    await service.signed_in()
    await service.decided(await service.consent_page(client_id, redirect_uri=WEB_REDIRECT))
    code = callback(await service.consent_page(client_id, redirect_uri=WEB_REDIRECT))["code"]
    answer = await service.redeemed(client_id, code, redirect_uri=WEB_REDIRECT)

    assert 200 == answer.status_code
