"""Whose keys are fetched where nothing is fetched for strangers: those of clients that an operator registered."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import httpx2
import pytest

from doorward.audit import AuditTag, RequestContext
from doorward.operations.create_client import create_client
from tests.flows.documents import DocumentHost, a_document_host
from tests.flows.round_trips import without_jobs
from tests.flows.service import BASE, REDIRECT, Service, StoppedClock, running, settings_for
from tests.signing_clients import Signer, with_assertion

pytestmark = pytest.mark.anyio
SIGNS = {"token_endpoint_auth_method": "private_key_jwt", "redirect_uris": [REDIRECT], "client_name": "Signer"}


@pytest.fixture
async def host(tmp_path: Path) -> AsyncIterator[DocumentHost]:
    """A host that publishes the keys of `signer`."""
    folder = tmp_path / "authority"
    folder.mkdir()
    async with a_document_host(folder) as started:
        yield started


@pytest.fixture
def signer(host: DocumentHost) -> Signer:
    signer = Signer.new(BASE)
    host.documents["/jwks.json"] = json.dumps(signer.jwks).encode()
    return signer


@pytest.fixture
async def closed(tmp_path: Path, database_url: str, host: DocumentHost) -> AsyncIterator[Service]:
    """A server that fetches nothing for strangers."""
    settings = settings_for(
        tmp_path, database_url, secret_key="k" * 40, client_documents="off", cimd_allow_loopback=True
    )
    with without_jobs():
        async with running(settings, clock=StoppedClock()) as started:
            await started.signed_in()
            yield started


async def test_a_registration_that_wants_a_fetch_is_refused_and_one_with_keys_is_not(
    closed: Service, host: DocumentHost, signer: Signer
) -> None:
    """The error says what to do (RFC 7591 §3.2.2)."""
    by_address = await closed.http.post("/api/oauth/register", json={**SIGNS, "jwks_uri": host.url("/jwks.json")})
    by_keys = await closed.http.post("/api/oauth/register", json={**SIGNS, "jwks": signer.jwks})

    assert (400, "invalid_client_metadata") == (by_address.status_code, by_address.json()["error"])
    assert "jwks_uri" in by_address.json()["error_description"]
    assert 201 == by_keys.status_code
    assert 0 == host.fetches


async def test_an_update_does_not_bring_in_what_a_registration_may_not(
    closed: Service, host: DocumentHost, signer: Signer
) -> None:
    """RFC 7592 §2.2: by the rules of a registration of today."""
    registered = (await closed.http.post("/api/oauth/register", json={**SIGNS, "jwks": signer.jwks})).json()
    changed = await closed.http.put(
        registered["registration_client_uri"],
        json={**SIGNS, "client_id": registered["client_id"], "jwks_uri": host.url("/jwks.json")},
        headers={"authorization": f"Bearer {registered['registration_access_token']}"},
    )

    assert (400, "invalid_client_metadata") == (changed.status_code, changed.json()["error"])


async def test_who_registered_before_is_not_asked_either(
    tmp_path: Path, database_url: str, host: DocumentHost, signer: Signer
) -> None:
    """The trail says why the client is kept out."""
    opened = settings_for(tmp_path, database_url, secret_key="k" * 40, cimd_allow_loopback=True)
    with without_jobs():
        async with running(opened) as service:
            client_id = (await service.registered(**SIGNS, jwks_uri=host.url("/jwks.json")))["client_id"]
            await service.signed_in()
            answer = await redeemed(service, client_id, signer)
        async with running(opened.model_copy(update={"client_documents": "off"}), again=True) as service:
            token = answer.json()["refresh_token"]
            assertion = with_assertion(signer.assertion(client_id, service.clock.now()))
            refused = await service.refreshed(client_id, token, **assertion)
            failed = [event for event in service.audit() if event.tag is AuditTag.CLIENT_AUTHENTICATION_FAILED]

    assert 200 == answer.status_code
    assert (401, "invalid_client") == (refused.status_code, refused.json()["error"])
    assert 1 == host.fetches
    assert "assertion_keys_not_available" == failed[-1].detail["reason"]


async def test_what_an_operator_registered_is_the_operators_wish(
    closed: Service, host: DocumentHost, signer: Signer
) -> None:
    client, _ = create_client(
        closed.installation.database,
        name="Signer",
        redirect_uris=[REDIRECT],
        grant_types=["authorization_code", "refresh_token"],
        auth_method="private_key_jwt",
        trusted=False,
        scope=None,
        jwks_uri=host.url("/jwks.json"),
        now=closed.clock.now(),
        context=RequestContext(),
    )
    answer = await redeemed(closed, client.client_id, signer)

    assert (200, 1) == (answer.status_code, host.fetches)


async def redeemed(service: Service, client_id: str, signer: Signer) -> httpx2.Response:
    code = await service.code(client_id)
    return await service.redeemed(client_id, code, **with_assertion(signer.assertion(client_id, service.clock.now())))


async def test_documents_of_clients_that_connected_before_are_not_looked_at_again(
    tmp_path: Path, database_url: str, host: DocumentHost
) -> None:
    """What was on once has left rows, which a job would look after."""
    settings = settings_for(tmp_path, database_url, secret_key="k" * 40, cimd_allow_loopback=True)
    clock = StoppedClock()
    with without_jobs():
        async with running(settings, clock=clock) as service:
            await service.signed_in()
            client_id = host.publish()
            await service.redeemed(client_id, await service.code(client_id))
        fetched = host.fetches
        clock.travelled += timedelta(days=2)
        async with running(settings.model_copy(update={"client_documents": "off"}), clock=clock, again=True) as service:
            assert service.app is not None
            for job in service.app._jobs:
                await service.run_job(job.name)

    assert (fetched, True) == (host.fetches, fetched > 0)
