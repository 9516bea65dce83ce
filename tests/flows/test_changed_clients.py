"""What another process changed about a client counts where a code is made, whatever this one still believes of it."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from doorward.audit import AuditTag, RequestContext
from doorward.oauth.records import Client, Verdict
from doorward.operations.create_user import create_user
from doorward.operations.delete_client import delete_client
from doorward.operations.set_client_rule import set_client_rule
from doorward.operations.update_client import ClientChanges, update_client
from tests.flows.service import (
    EMAIL,
    PASSWORD,
    WEB_REDIRECT,
    Service,
    StoppedClock,
    callback,
    challenge_for,
    settings_for,
)
from tests.flows.service import running as started

pytestmark = pytest.mark.anyio

ELSEWHERE = "https://new.example/cb"
HERE = RequestContext()


@pytest.fixture
async def service(tmp_path: Path, database_url: str) -> AsyncIterator[Service]:
    """A server on a clock that stands still, so that it believes what it has read, with somebody signed in."""
    settings = settings_for(tmp_path, database_url, secret_key="k" * 40)
    async with started(settings, clock=StoppedClock()) as it:
        await it.signed_in()
        yield it


def updated(service: Service, client_id: str, **changes: Any) -> None:  # noqa: ANN401 - whatever a change may be
    update_client(
        service.installation.database,
        client_id=client_id,
        changes=ClientChanges(**changes),
        now=service.clock.now(),
        context=HERE,
    )


def moved(service: Service, client: Client) -> None:
    updated(service, client.client_id, redirect_uris=(ELSEWHERE,))


def deleted(service: Service, client: Client) -> None:
    delete_client(service.installation.database, client_id=client.client_id, now=service.clock.now(), context=HERE)


def blocked(service: Service, client: Client) -> None:
    set_client_rule(
        service.installation.database,
        subject=client.client_id,
        verdict=Verdict.DENY,
        now=service.clock.now(),
        context=HERE,
    )


ENDS: list[tuple[Callable[[Service, Client], None], str]] = [
    (moved, "The return address is not registered"),
    (deleted, "This app is not known here"),
    (blocked, "This app is blocked"),
]


def grants(service: Service) -> int:
    return sum(event.tag is AuditTag.AUTHORIZATION_GRANTED for event in service.audit())


@pytest.mark.parametrize(("end", "title"), ENDS)
@pytest.mark.parametrize("is_open", [True, False], ids=["before the form", "while the form is open"])
async def test_a_yes_that_comes_too_late_makes_no_code_and_leads_nowhere(
    service: Service, end: Callable[[Service, Client], None], title: str, is_open: bool
) -> None:
    """No yes goes to an address that is not the client's any more, as a code or as an error (RFC 6749 §4.1.2.1)."""
    client = service.operators_client()
    page = await service.consent_page(client.client_id, redirect_uri=WEB_REDIRECT)
    end(service, client)
    if not is_open:
        page = await service.consent_page(client.client_id, redirect_uri=WEB_REDIRECT)
        if page.status_code != 200:  # a form is shown by what is believed, unless the rules of this moment forbid it
            assert "location" not in page.headers
            return
    answer = await service.decided(page)

    assert (400, True) == (answer.status_code, title in answer.text)
    assert "location" not in answer.headers
    assert 0 == grants(service)


async def test_a_second_click_makes_no_code_for_a_removed_redirect_uri(service: Service) -> None:
    """The first one's is void already."""
    client = service.operators_client()
    page = await service.consent_page(client.client_id, redirect_uri=WEB_REDIRECT)
    first = callback(await service.decided(page))["code"]
    moved(service, client)
    again = await service.decided(page)
    redeemed = await service.redeemed(client.client_id, first, redirect_uri=WEB_REDIRECT)

    assert (400, None) == (again.status_code, again.headers.get("location"))
    assert (400, "invalid_grant") == (redeemed.status_code, redeemed.json()["error"])


@pytest.mark.parametrize(("end", "title"), ENDS)
async def test_who_is_spared_the_question_is_not_sent_to_what_has_ended(
    service: Service, end: Callable[[Service, Client], None], title: str
) -> None:
    client = service.operators_client(trusted=True)
    await service.decided(await service.consent_page(client.client_id, redirect_uri=WEB_REDIRECT))
    spared = await service.consent_page(client.client_id, redirect_uri=WEB_REDIRECT)
    end(service, client)
    answer = await service.consent_page(client.client_id, redirect_uri=WEB_REDIRECT)

    assert callback(spared)["code"]
    assert 2 == grants(service)
    assert "location" not in answer.headers
    assert title in answer.text or answer.status_code == 403


async def test_a_client_that_is_not_trusted_any_more_asks_at_once(service: Service) -> None:
    client = service.operators_client(trusted=True)
    await service.decided(await service.consent_page(client.client_id, redirect_uri=WEB_REDIRECT))
    updated(service, client.client_id, trusted=False)
    answer = await service.consent_page(client.client_id, redirect_uri=WEB_REDIRECT)

    assert 'value="approve"' in answer.text


@pytest.mark.parametrize("trusted", [False, True], ids=["asked", "spared"])
async def test_a_narrowed_client_gets_the_narrower_code(service: Service, trusted: bool) -> None:
    """The Authorization says so, not only the tokens that are made of it."""
    client = service.operators_client(trusted=trusted)
    both = {"redirect_uri": WEB_REDIRECT, "scope": "mcp offline_access"}
    page = await service.consent_page(client.client_id, **both)
    if trusted:
        await service.decided(page)
        await service.consent_page(client.client_id, **both)
    updated(service, client.client_id, scope="mcp")
    answer = await (service.consent_page(client.client_id, **both) if trusted else service.decided(page))
    tokens = await service.redeemed(client.client_id, callback(answer)["code"], redirect_uri=WEB_REDIRECT)
    granted = [event for event in service.audit() if event.tag is AuditTag.AUTHORIZATION_GRANTED]

    assert (200, "mcp") == (tokens.status_code, tokens.json()["scope"])
    assert "mcp" == granted[-1].detail["scope"]


async def test_a_yes_to_another_name_is_asked_for_again(service: Service) -> None:
    """A yes is for what the person saw."""
    client = service.operators_client()
    page = await service.consent_page(client.client_id, redirect_uri=WEB_REDIRECT)
    updated(service, client.client_id, name="Payroll")
    again = await service.decided(page)
    code = callback(await service.decided(again))["code"]

    assert (200, True) == (again.status_code, "Payroll" in again.text)
    assert code


async def test_a_dashboards_yes_that_comes_too_late_is_refused(service: Service) -> None:
    client = service.operators_client()
    login = await service.http.post("/api/users/login", json={"email": EMAIL, "password": PASSWORD})
    bearer = {"authorization": f"Bearer {login.json()['access_token']}"}
    request = {
        "client_id": client.client_id,
        "response_type": "code",
        "redirect_uri": WEB_REDIRECT,
        "code_challenge": challenge_for(service.verifier),
        "code_challenge_method": "S256",
    }
    before = await service.http.post("/api/oauth/authorize", json=request, headers=bearer)
    moved(service, client)
    after = await service.http.post("/api/oauth/authorize", json=request, headers=bearer)

    assert 200 == before.status_code
    assert 400 == after.status_code
    assert ELSEWHERE not in after.text
    assert "return address is not registered" in after.text
    assert 1 == grants(service)


@pytest.fixture
async def administrator(service: Service) -> dict[str, str]:
    """The header of somebody who administers this very process."""
    installation = service.installation
    create_user(
        installation.database,
        installation.passwords,
        email="root@example.com",
        password=PASSWORD,
        is_administrator=True,
        now=service.clock.now(),
        context=HERE,
    )
    login = await service.http.post("/api/users/login", json={"email": "root@example.com", "password": PASSWORD})
    return {"authorization": f"Bearer {login.json()['access_token']}"}


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PATCH", "clients/{}", {"redirect_uris": [ELSEWHERE]}),
        ("DELETE", "clients/{}", None),
        ("POST", "blocks", {"subject": "{}"}),
        ("POST", "client-rules", {"subject": "{}", "rule": "deny"}),
    ],
)
async def test_the_process_that_made_a_change_knows_it_at_once(
    service: Service, administrator: dict[str, str], method: str, path: str, body: dict[str, object] | None
) -> None:
    """Also where the client may not do more than be looked at."""
    client_id = service.operators_client().client_id
    assert 200 == (await service.consent_page(client_id, redirect_uri=WEB_REDIRECT)).status_code
    named = {name: client_id if value == "{}" else value for name, value in (body or {}).items()}
    changed = await service.http.request(
        method, f"/api/admin/{path.format(client_id)}", json=named or None, headers=administrator
    )
    page = await service.consent_page(client_id, redirect_uri=WEB_REDIRECT)
    refused = await service.redeemed(client_id, "dwc_none", redirect_uri=WEB_REDIRECT)

    assert changed.is_success, changed.text
    assert (400, None) == (page.status_code, page.headers.get("location"))
    if method != "PATCH":
        assert (401, "invalid_client") == (refused.status_code, refused.json()["error"])


async def test_a_lifted_block_is_lifted_at_once_where_it_was(service: Service, administrator: dict[str, str]) -> None:
    client_id = service.operators_client().client_id
    blocks = "/api/admin/blocks"
    await service.http.post(blocks, json={"subject": client_id}, headers=administrator)
    kept_out = await service.consent_page(client_id, redirect_uri=WEB_REDIRECT)
    await service.http.delete(blocks, params={"subject": client_id}, headers=administrator)
    let_in = await service.consent_page(client_id, redirect_uri=WEB_REDIRECT)

    assert [400, 200] == [kept_out.status_code, let_in.status_code]
