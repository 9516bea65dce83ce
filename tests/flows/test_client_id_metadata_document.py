"""Clients that describe themselves at an address of their own, seen from outside.

draft-ietf-oauth-client-id-metadata-document-00, as MCP 2026-07-28 uses it.
"""

import asyncio
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
import structlog

from doorward.app import create_app
from doorward.audit import AuditTag
from doorward.operations.block_client import block_client
from doorward.operations.sweep import sweep
from tests.builders import HERE
from tests.flows.documents import DocumentHost
from tests.flows.round_trips import round_trips
from tests.flows.service import (
    BASE,
    REDIRECT,
    Service,
    callback,
    claims_of,
    form_fields,
    running,
    settings_for,
)

pytestmark = pytest.mark.anyio
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
WEB_CALLBACK = "https://portal.example/callback"


@pytest.fixture
def service(service_beside_host: Service) -> Service:
    return service_beside_host


async def connected(service: Service, client_id: str, **changes: str | None) -> dict[str, str]:
    """The tokens of a client that the signed-in person allows."""
    answer = await service.redeemed(client_id, await service.code(client_id, **changes))
    assert 200 == answer.status_code, answer.text
    return answer.json()


async def is_accepted(service: Service, client_id: str) -> bool:
    """Whether the signed-in person is asked about the client."""
    page = await service.consent_page(client_id)
    assert page.status_code in (200, 400)
    return page.status_code == 200


async def test_metadata_says_that_documents_are_understood(service: Service) -> None:
    """Draft §5; clients read it from any of the well-known addresses (R14)."""
    for path in ("/.well-known/oauth-authorization-server", "/.well-known/openid-configuration"):
        assert (await service.http.get(path)).json()["client_id_metadata_document_supported"] is True


async def test_a_client_connects_with_nothing_but_its_document(service: Service, host: DocumentHost) -> None:
    client_id = host.publish()
    await service.signed_in()
    tokens = await connected(service, client_id)
    refreshed = await service.refreshed(client_id, tokens["refresh_token"])

    assert client_id == claims_of(tokens["access_token"])["client_id"]
    assert 200 == refreshed.status_code
    assert 1 == host.fetches


async def test_the_page_shows_the_host_that_describes_the_client(service: Service, host: DocumentHost) -> None:
    """The name is the client's own claim; the host is what TLS proved (R29)."""
    client_id = host.publish(client_name="Claude")
    await service.signed_in()
    page = await service.consent_page(client_id)

    assert "described by localhost</span>" in page.text
    assert "known app" not in page.text


async def test_the_person_is_asked_every_time(service: Service, host: DocumentHost) -> None:
    """Never a silent consent for a client that describes itself (ASVS 10.7.1)."""
    client_id = host.publish()
    await service.signed_in()
    await connected(service, client_id)
    answer = await service.browser.get(service.authorization_url(client_id, prompt="none"))

    assert "consent_required" == callback(answer)["error"]
    assert await is_accepted(service, client_id)


async def test_a_portless_loopback_address_matches_any_port(service: Service, host: DocumentHost) -> None:
    """As Claude Code's document has it (R11)."""
    client_id = host.publish(redirect_uris=["http://localhost/callback", "http://127.0.0.1/callback"])
    await service.signed_in()

    assert 200 == (await service.consent_page(client_id, redirect_uri="http://localhost:51234/callback")).status_code
    assert 400 == (await service.consent_page(client_id, redirect_uri="http://localhost:51234/other")).status_code


@pytest.mark.parametrize(
    "members",
    [
        {"client_id": "https://localhost/other.json"},
        {"client_id": None},
        {"client_name": None},
        {"redirect_uris": None},
        {"redirect_uris": ["javascript:alert(1)"]},
        {"token_endpoint_auth_method": "client_secret_basic"},
        {"client_secret": "x"},
    ],
)
async def test_a_document_that_will_not_do_is_a_page_and_a_401(
    service: Service, host: DocumentHost, members: dict[str, Any]
) -> None:
    """N1: 400 and no redirect at the authorization endpoint; R2: 401 invalid_client at the token endpoint."""
    client_id = host.publish(**members)
    await service.signed_in()
    page = await service.consent_page(client_id)
    answer = await service.refreshed(client_id, "dwr_x")

    assert (400, None) == (page.status_code, page.headers.get("location"))
    assert (401, "invalid_client") == (answer.status_code, answer.json()["error"])


@pytest.mark.parametrize("status", ["404 Not Found", "403 Forbidden", "302 Found", "500 Oops", "204 No Content"])
async def test_whatever_is_wrong_the_answer_is_the_same(service: Service, host: DocumentHost, status: str) -> None:
    """No oracle: what stands behind an address is not for strangers to learn."""
    host.headers = "Location: /elsewhere.json\r\n"
    good = host.publish("/elsewhere.json", client_id=host.url())
    assert good
    host.publish()
    host.status = status
    await service.signed_in()
    page = await service.consent_page(host.url())
    host.server.heads.clear()  # type: ignore[union-attr]
    refused = await service.consent_page("https://localhost:1/client.json")

    assert 400 == page.status_code == refused.status_code
    assert page.text.replace(str(host.server.port), "1") == refused.text  # type: ignore[union-attr]
    assert not host.server.heads  # type: ignore[union-attr]


async def test_ids_that_are_no_such_address_get_the_same_page_and_a_reason_in_the_log(
    service: Service, host: DocumentHost
) -> None:
    """The reason is the operator's to read; userinfo, queries and endless addresses stay out of the log."""
    host.publish()
    await service.signed_in()
    plain = host.url().replace("https", "http")
    fragment, dots, with_secrets, endless = (
        host.url() + "#x",
        host.url("/a/../client.json"),
        "https://canary-user@app.example/c.json?canary",
        "https://app.example/" + "a" * 1000,
    )
    with structlog.testing.capture_logs() as logged:
        for client_id in (fragment, plain, dots, with_secrets, endless):
            page = await service.consent_page(client_id)
            assert (400, True) == (page.status_code, "This app could not be identified" in page.text)

    refused = [entry for entry in logged if entry["event"] == "client_document_refused"]
    assert {"url_not_allowed"} == {entry["reason"] for entry in refused}
    assert {plain, host.url(), dots, "app.example/c.json", endless[:200]} == {entry["client_id"] for entry in refused}
    assert 0 == host.fetches


async def test_ids_that_are_no_address_are_unknown_clients(service: Service) -> None:
    await service.signed_in()
    page = await service.consent_page("client.json")

    assert (400, True) == (page.status_code, "This app is not known here" in page.text)


async def test_nothing_is_told_to_the_client_before_somebody_signed_in(service: Service, host: DocumentHost) -> None:
    """N5: otherwise anybody who publishes a document has an open redirector."""
    client_id = host.publish(redirect_uris=[WEB_CALLBACK])
    answer = await service.http.get(
        service.authorization_url(client_id, redirect_uri=WEB_CALLBACK, response_type="token")
    )

    assert 200 == answer.status_code
    assert "location" not in answer.headers


async def test_nothing_is_stored_before_a_person_said_yes(service: Service, host: DocumentHost) -> None:
    """T8: what strangers make us fetch stays in a bounded memory."""
    client_id = host.publish()
    find = lambda stores: stores.client_documents.find(client_id)  # noqa: E731
    await service.http.get(service.authorization_url(client_id))
    await service.signed_in()
    page = await service.consent_page(client_id)
    before = service.installation.database.read(find)
    await service.decided(page)

    assert before is None
    assert service.installation.database.read(find) is not None


async def test_a_cached_document_costs_no_fetch_and_no_round_trip(service: Service, host: DocumentHost) -> None:
    client_id = host.publish()
    await service.signed_in()
    await connected(service, client_id)
    code = await service.code(client_id)
    with round_trips(service.installation) as exchange:
        tokens = (await service.redeemed(client_id, code)).json()
    with round_trips(service.installation) as refresh:
        answer = await service.refreshed(client_id, tokens["refresh_token"])

    assert 200 == answer.status_code
    assert (1, 1, 1) == (len(exchange), len(refresh), host.fetches)


async def test_on_the_token_path_a_stale_copy_wins(service: Service, host: DocumentHost) -> None:
    """R30: a host that hangs does not keep anybody from refreshing."""
    client_id = host.publish()
    await service.signed_in()
    tokens = await connected(service, client_id)
    host.status = None
    service.later(2 * DAY)
    started = time.monotonic()
    answer = await service.refreshed(client_id, tokens["refresh_token"])

    assert 200 == answer.status_code
    assert time.monotonic() - started < 2
    assert 1 == host.fetches


@pytest.mark.parametrize("status", ["500 Oops", "403 Forbidden", "302 Found"])
async def test_while_nothing_newer_can_be_had_the_copy_serves_for_a_week(
    service: Service, host: DocumentHost, status: str
) -> None:
    """R15: claude.ai has answered 403 to data centres for days."""
    client_id = host.publish()
    await service.signed_in()
    tokens = await connected(service, client_id)
    host.status = status
    service.later(7 * DAY - MINUTE)
    assert await is_accepted(service, client_id)
    refreshed = await service.refreshed(client_id, tokens["refresh_token"])
    assert 200 == refreshed.status_code, refreshed.text
    service.later(2 * MINUTE)

    assert not await is_accepted(service, client_id)
    assert 401 == (await service.refreshed(client_id, refreshed.json()["refresh_token"])).status_code
    host.status = "200 OK"
    service.later(MINUTE)
    assert 200 == (await service.refreshed(client_id, refreshed.json()["refresh_token"])).status_code


async def test_gone_is_believed_after_two_answers_ten_minutes_apart(service: Service, host: DocumentHost) -> None:
    """R15: then nothing new begins, and what exists goes on."""
    client_id = host.publish()
    await service.signed_in()
    tokens = await connected(service, client_id)
    host.documents.clear()
    service.later(HOUR)
    assert await is_accepted(service, client_id)
    service.later(9 * MINUTE)
    assert await is_accepted(service, client_id)
    service.later(MINUTE)

    assert not await is_accepted(service, client_id)
    assert 200 == (await service.refreshed(client_id, tokens["refresh_token"])).status_code


async def test_gone_for_a_day_ends_what_it_was_allowed(service: Service, host: DocumentHost) -> None:
    """R15: nobody has to ask for that; a review finds it, and the trail says so."""
    client_id = host.publish()
    await service.signed_in()
    tokens = await connected(service, client_id)
    host.documents.clear()
    for _ in range(24):
        service.later(HOUR + MINUTE)
        await service.run_job("documents")
    before = AuditTag.CLIENT_WITHDRAWN in [event.tag for event in service.audit()]
    for _ in range(7):
        service.later(HOUR + MINUTE)
        await service.run_job("documents")
    answer = await service.refreshed(client_id, tokens["refresh_token"])

    [withdrawn] = [event for event in service.audit() if event.tag is AuditTag.CLIENT_WITHDRAWN]
    assert (client_id, {"authorizations": 1}) == (withdrawn.client_id, dict(withdrawn.detail))
    assert not before
    assert (400, "invalid_grant") == (answer.status_code, answer.json()["error"])


async def test_a_document_that_comes_back_is_welcome(service: Service, host: DocumentHost) -> None:
    client_id = host.publish()
    await service.signed_in()
    await connected(service, client_id)
    host.documents.clear()
    for _ in range(2):
        service.later(HOUR)
        await is_accepted(service, client_id)
    assert not await is_accepted(service, client_id)
    host.publish()
    service.later(HOUR)

    assert await is_accepted(service, client_id)


async def test_something_else_in_its_place_begins_nothing_new(service: Service, host: DocumentHost) -> None:
    """Its host answers, so this is no outage; what exists goes on."""
    client_id = host.publish()
    await service.signed_in()
    tokens = await connected(service, client_id)
    host.documents["/client.json"] = b'{"client_id":"https://app.example/other"}'
    service.later(HOUR)

    assert not await is_accepted(service, client_id)
    assert 200 == (await service.refreshed(client_id, tokens["refresh_token"])).status_code


async def test_headers_say_how_long_it_is_believed(service: Service, host: DocumentHost) -> None:
    client_id = host.publish()
    host.headers = "Cache-Control: max-age=600\r\n"
    await service.signed_in()
    for later in (9 * MINUTE, MINUTE):
        await is_accepted(service, client_id)
        service.later(later)
    assert 1 == host.fetches
    await is_accepted(service, client_id)

    assert 2 == host.fetches


async def test_what_failed_is_not_asked_again_at_once(service: Service, host: DocumentHost) -> None:
    await service.signed_in()
    for _ in range(3):
        assert not await is_accepted(service, host.url())
    assert 1 == host.fetches
    host.publish()
    service.later(11 * MINUTE)

    assert await is_accepted(service, host.url())


async def test_many_who_ask_at_once_share_one_fetch(service: Service, host: DocumentHost) -> None:
    client_id = host.publish()
    urls = [service.authorization_url(client_id)] * 20
    answers = await asyncio.gather(*(service.http.get(url) for url in urls))

    assert {200} == {answer.status_code for answer in answers}
    assert 1 == host.fetches


async def test_a_yes_is_for_what_the_person_saw(service: Service, host: DocumentHost) -> None:
    """The document changed while the form was open: the person is asked again, and the new form counts."""
    client_id = host.publish(client_name="Harmless")
    host.headers = "Cache-Control: max-age=600\r\n"
    await service.signed_in()
    page = await service.consent_page(client_id)
    host.publish(client_name="Somebody else")
    service.later(11 * MINUTE)
    again = await service.browser.post(
        "/oauth/consent", data={**form_fields(page.text, "/oauth/consent"), "decision": "approve"}
    )
    assert (200, True) == (again.status_code, "Somebody else" in again.text), again.text
    answer = await service.decided(again)

    assert "code" in callback(answer)


async def test_a_redirect_uri_that_was_removed_gets_no_code(service: Service, host: DocumentHost) -> None:
    client_id = host.publish()
    await service.signed_in()
    host.headers = "Cache-Control: max-age=600\r\n"
    page = await service.consent_page(client_id)
    host.publish(redirect_uris=[WEB_CALLBACK])
    service.later(11 * MINUTE)
    answer = await service.decided(page)

    assert (400, None) == (answer.status_code, answer.headers.get("location"))


async def test_tokens_are_issued_under_the_values_of_the_consent(service: Service, host: DocumentHost) -> None:
    """What the document says afterwards changes neither code nor Authorization."""
    client_id = host.publish(client_name="As it was")
    await service.signed_in()
    await connected(service, client_id)
    host.publish(client_name="As it is", redirect_uris=[WEB_CALLBACK])
    service.later(HOUR)
    await service.consent_page(client_id, redirect_uri=WEB_CALLBACK)
    account = await service.browser.get("/account")

    assert "As it was" in account.text
    assert "As it is" not in account.text


async def test_the_person_is_told_what_changed_since(service: Service, host: DocumentHost) -> None:
    client_id = host.publish(client_name="As it was")
    await service.signed_in()
    await connected(service, client_id)
    unchanged = await service.consent_page(client_id)
    host.publish(client_name="As it is", redirect_uris=[REDIRECT, WEB_CALLBACK])
    service.later(HOUR)
    page = await service.consent_page(client_id)

    assert "has changed" not in unchanged.text
    assert "This app has changed since you last allowed it." in page.text
    assert "It called itself As it was." in page.text
    assert "The addresses that may receive its answers are different." in page.text


async def test_a_block_of_the_host_keeps_out_what_it_describes(service: Service, host: DocumentHost) -> None:
    """`doorward clients block HOST`: whatever host gets the answers."""
    client_id = host.publish(redirect_uris=[WEB_CALLBACK])
    await service.signed_in()
    answer = await service.redeemed(
        client_id, await service.code(client_id, redirect_uri=WEB_CALLBACK), redirect_uri=WEB_CALLBACK
    )
    blocked = block_client(service.installation.database, subject="localhost", now=service.clock.now(), context=HERE)
    service.later(timedelta(seconds=6))
    refused = await service.refreshed(client_id, answer.json()["refresh_token"])
    page = await service.consent_page(client_id, redirect_uri=WEB_CALLBACK)

    assert 1 == blocked.authorizations
    assert (401, 400) == (refused.status_code, page.status_code)
    assert "blocked" in page.text


async def test_a_restart_forgets_nothing_that_matters(service: Service, host: DocumentHost) -> None:
    """Stale-if-error outlives the process: the row is there."""
    client_id = host.publish()
    await service.signed_in()
    tokens = await connected(service, client_id)
    host.status = "500 Oops"
    service.later(DAY)
    app = create_app(service.installation, port=8000)
    async with app.running(), _client(app) as http:
        service.http = service.browser = http
        refreshed = await service.refreshed(client_id, tokens["refresh_token"])
        fetches = host.fetches
        await service.signed_in()
        accepted = await is_accepted(service, client_id)

    assert (200, 1, True) == (refreshed.status_code, fetches, accepted)


async def test_what_one_process_learns_the_other_knows_within_five_seconds(
    service: Service, host: DocumentHost
) -> None:
    client_id = host.publish(client_name="As it was")
    await service.signed_in()
    await connected(service, client_id)
    app = create_app(service.installation, port=8000)
    async with app.running(), _client(app) as http:
        other = replace(service, http=http, browser=http)
        await other.signed_in()
        assert "As it was" in (await other.consent_page(client_id)).text
        host.publish(client_name="As it is")
        service.later(HOUR)
        await service.consent_page(client_id)
        fetches = host.fetches
        service.later(timedelta(seconds=5))
        page = await other.consent_page(client_id)

    assert "As it is" in page.text
    assert fetches == host.fetches


async def test_rows_are_swept_when_nobody_is_connected(service: Service, host: DocumentHost) -> None:
    client_id = host.publish()
    await service.signed_in()
    await connected(service, client_id)
    database = service.installation.database

    def swept_after(delay: timedelta) -> bool:
        service.later(delay)
        limits = {"max_stored_clients": 10, "never_used_client_lifetime": DAY, "audit_retention": 400 * DAY}
        sweep(database, **limits, now=service.clock.now())  # type: ignore[arg-type]
        return database.read(lambda stores: stores.client_documents.find(client_id)) is None

    assert not swept_after(31 * DAY)
    assert swept_after(365 * DAY)


async def test_the_json_call_of_a_dashboard_knows_documents_too(service: Service, host: DocumentHost) -> None:
    client_id = host.publish()
    signed_in = await service.http.post(
        "/api/users/login", json={"email": "person@example.com", "password": "four quiet words suffice"}
    )
    headers = {"authorization": f"Bearer {signed_in.json()['access_token']}"}
    params = dict(httpx2.URL(service.authorization_url(client_id)).params)
    asked = (await service.http.get("/api/oauth/authorize", params=params, headers=headers)).json()
    decided = await service.http.post("/api/oauth/authorize", json=params, headers=headers)

    assert ("localhost", []) == (asked["client"]["verified_host"], asked["changes"])
    assert 200 == decided.status_code


async def test_it_can_be_switched_off(tmp_path: Path, host: DocumentHost, database_url: str) -> None:
    settings = settings_for(
        tmp_path, database_url, secret_key="k" * 40, client_documents="off", cimd_allow_loopback=True
    )
    async with running(settings) as service:
        metadata = (await service.http.get("/.well-known/oauth-authorization-server")).json()
        await service.signed_in()
        page = await service.consent_page(host.publish())

    assert "client_id_metadata_document_supported" not in metadata
    assert (400, 0) == (page.status_code, host.fetches)


async def test_this_machine_is_not_asked_by_default(tmp_path: Path, host: DocumentHost, database_url: str) -> None:
    async with running(settings_for(tmp_path, database_url, secret_key="k" * 40)) as service:
        await service.signed_in()
        page = await service.consent_page(host.publish())

    assert (400, 0) == (page.status_code, host.fetches)


def _client(app: object) -> httpx2.AsyncClient:
    transport = httpx2.ASGITransport(app=app)  # type: ignore[arg-type]
    return httpx2.AsyncClient(transport=transport, base_url=BASE)
