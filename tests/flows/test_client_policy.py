"""Rules about clients, at each endpoint where they count, within the five seconds that caches live."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from doorward.audit import AuditTag, RequestContext
from doorward.oauth.records import EVERYBODY, Verdict
from doorward.operations.list_access_requests import list_access_requests
from doorward.operations.set_client_rule import set_client_rule
from tests.flows.service import REDIRECT, Service, callback, form_fields, running, settings_for

pytestmark = pytest.mark.anyio

CLAUDE = "https://claude.ai/api/mcp/auth_callback"
CACHED = timedelta(seconds=6)


def rule(service: Service, subject: str, verdict: Verdict, user_id: str = EVERYBODY) -> int:
    made = set_client_rule(
        service.installation.database,
        subject=subject,
        verdict=verdict,
        user_id=user_id,
        now=service.clock.now(),
        context=RequestContext(),
    )
    return made.authorizations


async def a_connected_claude(service: Service) -> tuple[str, dict[str, str]]:
    client_id = (await service.registered(redirect_uris=[CLAUDE], client_name="Anything"))["client_id"]
    await service.signed_in()
    code = await service.code(client_id, redirect_uri=CLAUDE)
    answer = await service.redeemed(client_id, code, redirect_uri=CLAUDE)
    assert 200 == answer.status_code, answer.text
    return client_id, answer.json()


async def test_an_agents_block_is_honoured_at_authorize_token_and_refresh(service: Service) -> None:
    """By its address, whatever its name and however often it registers (R3, T14)."""
    client_id, tokens = await a_connected_claude(service)
    waiting_code = await service.code(client_id, redirect_uri=CLAUDE)

    assert 2 == rule(service, "claude", Verdict.DENY)

    at_once = await service.refreshed(client_id, tokens["refresh_token"])
    code = await service.redeemed(client_id, waiting_code, redirect_uri=CLAUDE)
    assert {400, 401} >= {at_once.status_code, code.status_code}
    service.later(CACHED)
    refresh = await service.refreshed(client_id, tokens["refresh_token"])
    assert (401, "invalid_client") == (refresh.status_code, refresh.json()["error"])
    again = (await service.registered(redirect_uris=[CLAUDE]))["client_id"]
    page = await service.consent_page(again, redirect_uri=CLAUDE)
    assert 400 == page.status_code
    assert "location" not in page.headers


async def test_the_decision_and_the_trail_name_the_agent(service: Service) -> None:
    _, tokens = await a_connected_claude(service)

    (granted,) = [event for event in service.audit() if event.tag is AuditTag.AUTHORIZATION_GRANTED]
    assert "claude" == granted.detail["agent"]
    assert tokens["refresh_token"]
    page = await service.browser.get("/account")
    assert "<bdi>Claude</bdi>" in page.text
    assert "known app" in page.text


async def test_a_block_of_one_person_ends_only_what_they_have(service: Service) -> None:
    client_id, tokens = await a_connected_claude(service)
    (user,) = service.installation.database.read(lambda stores: stores.users.list())
    assert 0 == rule(service, "claude", Verdict.DENY, "somebody else")
    answer = await service.refreshed(client_id, tokens["refresh_token"])
    assert 200 == answer.status_code

    assert 1 == rule(service, "claude", Verdict.DENY, user.id)
    refresh = await service.refreshed(client_id, answer.json()["refresh_token"])
    page = await service.consent_page(client_id, redirect_uri=CLAUDE)

    assert (400, "invalid_grant") == (refresh.status_code, refresh.json()["error"])
    assert 403 == page.status_code
    assert "location" not in page.headers


async def test_asking_from_now_on_leaves_alone_what_is_connected(service: Service) -> None:
    client_id, tokens = await a_connected_claude(service)
    rule(service, "claude", Verdict.ASK)
    service.later(CACHED)

    assert 200 == (await service.refreshed(client_id, tokens["refresh_token"])).status_code
    page = await service.consent_page(client_id, redirect_uri=CLAUDE)
    assert "Ask the administrator" in page.text


@pytest.fixture
async def closed(tmp_path: Path, database_url: str) -> AsyncIterator[Service]:
    """A server that denies what it has no rule for."""
    settings = settings_for(tmp_path, database_url, secret_key="k" * 40, client_policy="deny")
    async with running(settings) as started:
        yield started


async def test_a_closed_server_opens_for_what_is_allowed_and_closes_again(closed: Service) -> None:
    """At the token endpoint, too."""
    client_id = (await closed.registered(redirect_uris=[CLAUDE]))["client_id"]
    await closed.signed_in()
    assert 400 == (await closed.consent_page(client_id, redirect_uri=CLAUDE)).status_code
    rule(closed, "claude", Verdict.ALLOW)
    closed.later(CACHED)
    tokens = (
        await closed.redeemed(client_id, await closed.code(client_id, redirect_uri=CLAUDE), redirect_uri=CLAUDE)
    ).json()

    closed.installation.database.write(lambda stores: stores.clients.remove_rule("agent:claude", EVERYBODY))
    closed.later(CACHED)
    refresh = await closed.refreshed(client_id, tokens["refresh_token"])
    assert (401, "invalid_client") == (refresh.status_code, refresh.json()["error"])


@pytest.fixture
async def asking(tmp_path: Path, database_url: str) -> AsyncIterator[Service]:
    """A server where an administrator has to allow every client."""
    settings = settings_for(tmp_path, database_url, secret_key="k" * 40, client_policy="ask")
    async with running(settings) as started:
        yield started


async def test_a_request_is_stored_by_the_button_and_by_nothing_else(asking: Service) -> None:
    """From the page to the client, with an approval between."""
    client_id = (await asking.registered())["client_id"]
    database = asking.installation.database
    address = asking.authorization_url(client_id)
    assert 200 == (await asking.browser.get(address)).status_code
    await asking.signed_in()
    page = await asking.browser.get(address)
    assert [] == list_access_requests(database)

    asked = await asking.browser.post("/oauth/approval", data=form_fields(page.text, "/oauth/approval"))
    assert 303 == asked.status_code
    ((request, _),) = list_access_requests(database)
    assert "127.0.0.1" == request.subject
    assert "Your request waits" in (await asking.browser.get(asked.headers["location"])).text
    rule(asking, request.subject, Verdict.ALLOW, request.user_id)

    answer = await asking.decided(await asking.browser.get(address))
    assert callback(answer)["code"]
    assert answer.headers["location"].startswith(REDIRECT)
    assert [] == list_access_requests(database)
