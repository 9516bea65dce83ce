"""A known client whose document cannot be had, or is not as it was pinned, seen from outside (interop R15)."""

import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest

from doorward.app.fetcher import OutboundFetcher
from doorward.audit import AuditTag
from doorward.oauth.fetching import Fetch, Fetched, FetchOutcome
from doorward.oauth.records import ClientRule, Verdict
from tests.flows.round_trips import without_jobs
from tests.flows.service import Service, StoppedClock, form_fields, running, settings_for

pytestmark = pytest.mark.anyio

CLIENT_ID = "https://claude.ai/oauth/mcp-oauth-client-metadata"
CALLBACK = "https://claude.ai/api/mcp/auth_callback"
DOCUMENT = {"client_id": CLIENT_ID, "client_name": "Another name", "redirect_uris": [CALLBACK]}
LATER = timedelta(hours=2)


@dataclass
class Network:
    """What comes of every fetch."""

    outcome: FetchOutcome = FetchOutcome.FAILED
    asked: list[tuple[str, bool]] = field(default_factory=list)
    """For which addresses, and whether they were known."""
    document: Mapping[str, object] = field(default_factory=lambda: {**DOCUMENT, "token_endpoint_auth_method": "none"})

    def serve(self, **members: object) -> None:
        self.outcome, self.document = FetchOutcome.FOUND, {**self.document, **members}


@pytest.fixture
def network(monkeypatch: pytest.MonkeyPatch) -> Network:
    network = Network()

    async def fetch(fetcher: OutboundFetcher, wish: Fetch) -> Fetched:
        network.asked.append((wish.url, wish.is_known))
        at = fetcher._clock.now()  # pyright: ignore[reportPrivateUsage]
        body = json.dumps(network.document).encode() if network.outcome is FetchOutcome.FOUND else b""
        return Fetched(fetch=wish, outcome=network.outcome, at=at, body=body)

    monkeypatch.setattr(OutboundFetcher, "fetch", fetch)
    return network


@pytest.fixture
async def service(tmp_path: Path, database_url: str, network: Network) -> AsyncIterator[Service]:
    """A server without jobs on a clock that stands still, with somebody signed in."""
    settings = settings_for(tmp_path, database_url, secret_key="k" * 40)
    with without_jobs():
        async with running(settings, clock=StoppedClock()) as started:
            await started.signed_in()
            yield started


async def asked_about(service: Service, client_id: str = CLIENT_ID) -> bool:
    """Whether the signed-in person is asked about the client."""
    page = await service.consent_page(client_id, redirect_uri=CALLBACK)
    assert page.status_code in (200, 400)
    assert "location" not in page.headers
    return page.status_code == 200


def alerts(service: Service) -> list[object]:
    return [event.detail["changed"] for event in service.audit() if event.tag is AuditTag.CLIENT_DOCUMENT_CHANGED]


async def test_what_was_pinned_stands_in_for_what_cannot_be_had(service: Service) -> None:
    page = await service.consent_page(CLIENT_ID, redirect_uri=CALLBACK)
    code = await service.code(CLIENT_ID, redirect_uri=CALLBACK)
    tokens = await service.redeemed(CLIENT_ID, code, redirect_uri=CALLBACK)
    service.later(LATER)
    refreshed = await service.refreshed(CLIENT_ID, tokens.json()["refresh_token"])

    assert "This is an address of <strong>Claude</strong> by Anthropic." in page.text
    assert (200, 200) == (tokens.status_code, refreshed.status_code)
    assert [] == alerts(service)


async def test_what_is_gone_has_no_stand_in(service: Service, network: Network) -> None:
    network.outcome = FetchOutcome.GONE

    assert not await asked_about(service)


@pytest.mark.parametrize("wrong", [{"client_id": "https://claude.ai/x"}, {"redirect_uris": []}, {"client_secret": "x"}])
async def test_what_is_wrong_has_no_stand_in(service: Service, network: Network, wrong: dict[str, object]) -> None:
    """The owner of the address speaks, even if nonsense: to pass over that would keep a withdrawn client alive."""
    network.serve(**wrong)

    assert not await asked_about(service)


async def test_an_address_beside_the_pinned_one_has_no_stand_in(service: Service) -> None:
    assert not await asked_about(service, f"{CLIENT_ID}/")
    assert not await asked_about(service, "https://evil.example/oauth/mcp-oauth-client-metadata")


async def test_the_live_document_counts_as_soon_as_it_can_be_had(service: Service, network: Network) -> None:
    assert await asked_about(service)
    network.serve(redirect_uris=["https://claude.ai/elsewhere"])
    service.later(timedelta(minutes=1))

    assert not await asked_about(service)
    assert ["redirect_uris"] == alerts(service)


async def test_a_copy_that_was_had_goes_before_what_was_pinned(service: Service, network: Network) -> None:
    """While it may serve: for a week."""
    network.serve(redirect_uris=["https://claude.ai/elsewhere"])
    assert not await asked_about(service)
    network.outcome = FetchOutcome.FAILED
    service.later(timedelta(days=6))
    assert not await asked_about(service)
    service.later(timedelta(days=2))

    assert await asked_about(service)


async def test_a_change_is_told_once_and_connecting_goes_on(service: Service, network: Network) -> None:
    """An alert, not a failure; and what is as it was pinned is none."""
    network.serve()
    assert await asked_about(service)
    assert [] == alerts(service)
    for more in ("https://claude.ai/cb", "https://claude.ai/cb", "https://claude.com/cb"):
        network.serve(redirect_uris=[CALLBACK, more])
        service.later(LATER)
        assert await asked_about(service)

    assert ["redirect_uris"] * 2 == alerts(service)
    assert {CLIENT_ID} == {e.client_id for e in service.audit() if e.tag is AuditTag.CLIENT_DOCUMENT_CHANGED}


async def test_only_what_no_stranger_made_up_is_known(service: Service, network: Network) -> None:
    """Pinned at exactly that address, or fetched well before: not the first time, and not because it failed."""
    other = "https://claude.ai/made-up"
    await asked_about(service)
    await asked_about(service, other)
    service.later(LATER)
    await asked_about(service, other)
    network.serve(client_id=other)
    service.later(LATER)
    await asked_about(service, other)
    service.later(LATER)
    await asked_about(service, other)

    assert [(CLIENT_ID, True), (other, False), (other, False), (other, False), (other, True)] == network.asked


async def test_what_a_person_allowed_is_known_even_where_no_copy_serves(service: Service, network: Network) -> None:
    allowed = "https://app.example/client.json"
    network.serve(client_id=allowed)
    await service.code(allowed, redirect_uri=CALLBACK)
    network.outcome = FetchOutcome.FAILED
    service.later(timedelta(days=8))
    await asked_about(service, allowed)

    assert [(allowed, False), (allowed, True)] == [network.asked[0], network.asked[-1]]


async def test_where_there_was_no_room_to_ask_the_next_one_may_try_at_once(service: Service, network: Network) -> None:
    """A crowd of strangers leaves no mark on the address: what is pinned stands in, and nothing is put off."""
    network.outcome = FetchOutcome.NOT_ASKED
    assert await asked_about(service)
    network.serve(redirect_uris=["https://claude.ai/elsewhere"])

    assert not await asked_about(service)


async def test_who_connected_while_there_was_no_room_to_ask_stays_connected(service: Service, network: Network) -> None:
    """At every endpoint, and after the server was told of the live document."""
    network.outcome = FetchOutcome.NOT_ASKED
    code = await service.code(CLIENT_ID, redirect_uri=CALLBACK)
    tokens = await service.redeemed(CLIENT_ID, code, redirect_uri=CALLBACK)
    network.serve()
    service.later(LATER)
    refreshed = await service.refreshed(CLIENT_ID, tokens.json()["refresh_token"])

    assert (200, 200) == (tokens.status_code, refreshed.status_code)


async def test_no_crowd_brings_back_what_is_gone_or_wrong(service: Service, network: Network) -> None:
    """What was learnt of the address counts until it is asked again."""
    for learnt in (FetchOutcome.GONE, FetchOutcome.FOUND):
        network.serve(client_id="https://claude.ai/x")
        network.outcome = learnt
        assert not await asked_about(service)
        network.outcome = FetchOutcome.NOT_ASKED
        service.later(timedelta(days=1))
        assert not await asked_about(service)
        network.serve(client_id=CLIENT_ID)
        service.later(timedelta(days=1))
        assert await asked_about(service)
        service.later(timedelta(days=1))


async def test_nothing_stands_in_for_an_address_that_is_not_pinned(service: Service, network: Network) -> None:
    network.outcome = FetchOutcome.NOT_ASKED

    assert not await asked_about(service, "https://claude.ai/made-up")
    assert not await asked_about(service, "https://evil.example/oauth/mcp-oauth-client-metadata")


async def test_asking_an_administrator_works_with_a_stand_in(service: Service) -> None:
    """The form is answered wherever the request could be."""
    rule = ClientRule(subject="agent:claude", verdict=Verdict.ASK, created_at=service.clock.now())
    service.installation.database.write(lambda stores: stores.clients.set_rule(rule))
    page = await service.consent_page(CLIENT_ID, redirect_uri=CALLBACK)
    asked = await service.browser.post("/oauth/approval", data=form_fields(page.text, "/oauth/approval"))

    assert 303 == asked.status_code
    assert "Your request waits" in (await service.browser.get(asked.headers["location"])).text
