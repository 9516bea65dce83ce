"""What a decision is worth: against deleted clients, second thoughts, stale sign-ins and forged bytes."""

from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from doorward.audit import RequestContext
from doorward.kit.unit_of_work import DatabaseUnavailable
from doorward.operations.block_client import block_client
from doorward.operations.delete_client import delete_client
from tests.flows.service import (
    EMAIL,
    FORM,
    PASSWORD,
    REDIRECT,
    WEB_REDIRECT,
    Service,
    StoppedClock,
    callback,
    form_fields,
    running,
    settings_for,
)

pytestmark = pytest.mark.anyio


def tags(service: Service) -> list[str]:
    return [str(event.tag) for event in service.audit()]


async def test_a_client_deleted_a_moment_ago_gets_nothing(service: Service) -> None:
    """The caches still know it; the transaction of the decision looks at the client itself."""
    client_id = service.operators_client().client_id
    await service.signed_in()
    page = await service.consent_page(client_id, redirect_uri=WEB_REDIRECT)
    database, now = service.installation.database, service.installation.clock.now()
    delete_client(database, client_id=client_id, now=now, context=RequestContext())
    answer = await service.decided(page)

    assert (400, None) == (answer.status_code, answer.headers.get("location"))
    assert "This app is not known here" in answer.text


@pytest.mark.parametrize("subject", ["bad.example", "BAD.example.", "https://bad.example", "https://bad.example/"])
async def test_a_host_blocked_a_moment_ago_gets_nothing(service: Service, subject: str) -> None:
    uri = "https://bad.example./callback" if subject == "bad.example" else "https://bad.example/callback"
    client_id = (await service.registered(redirect_uris=[uri]))["client_id"]
    await service.signed_in()
    page = await service.consent_page(client_id, redirect_uri=uri)
    database, now = service.installation.database, service.installation.clock.now()
    block_client(database, subject=subject, now=now, context=RequestContext())
    answer = await service.decided(page)

    assert (400, None) == (answer.status_code, answer.headers.get("location"))
    assert "This app is blocked" in answer.text


async def test_a_refusal_after_an_approval_ends_what_was_allowed(service: Service) -> None:
    """The back button and a second thought: the last word counts."""
    client_id = (await service.registered())["client_id"]
    await service.signed_in()
    page = await service.consent_page(client_id)
    code = callback(await service.decided(page))["code"]
    await service.decided(page, "deny")
    answer = await service.redeemed(client_id, code)
    again = await service.decided(page)

    assert (400, "invalid_grant") == (answer.status_code, answer.json()["error"])
    assert 400 == again.status_code
    assert "used before" in again.text
    assert ["authorization.revoked", "authorization.denied"] == [
        t for t in tags(service) if t.endswith(("voked", "nied"))
    ]


async def test_a_stale_sign_in_does_not_decide(service: Service) -> None:
    """`max_age` holds when the form is sent, not only when it is shown (OIDC Core §3.1.2.1)."""
    client_id = (await service.registered())["client_id"]
    await service.signed_in()
    page = await service.consent_page(client_id, max_age="60")
    service.later(timedelta(seconds=90))
    answer = await service.decided(page)

    assert 200 == answer.status_code
    assert 'name="password"' in answer.text


async def test_asking_for_the_head_of_the_page_decides_nothing(service: Service) -> None:
    """A HEAD request is safe (RFC 9110 §9.2.1), for trusted clients, too."""
    client_id = service.operators_client(trusted=True).client_id
    await service.signed_in()
    await service.decided(await service.consent_page(client_id, redirect_uri=WEB_REDIRECT))
    url = service.authorization_url(client_id, redirect_uri=WEB_REDIRECT)
    head, get = await service.browser.head(url), await service.browser.get(url)

    assert (200, 303) == (head.status_code, get.status_code)
    assert 2 == tags(service).count("authorization.granted")


@pytest.mark.parametrize(
    "odd", ["\r\nSet-Cookie: doorward=evil", "\n", "\x01", "\x7f", " \t", "#x", "\u00e9", '"<>\\^`{|}']
)
async def test_odd_bytes_in_a_posted_request_come_back_as_they_were_and_break_no_header(
    service: Service, odd: str
) -> None:
    """Everything in a Location is a URI character, whatever a stranger posted (N7)."""
    client_id = (await service.registered())["client_id"]
    query = urlsplit(service.authorization_url(client_id, state=None)).query
    body = (query + "&state=a" + odd + "z").encode()
    page = await service.browser.post("/oauth/authorize", content=body, headers=FORM)
    back = await service.browser.post(
        "/sign-in", data={**form_fields(page.text, "/sign-in"), "email": EMAIL, "password": PASSWORD}
    )
    answer = await service.decided(await service.browser.get(back.headers["location"]))

    assert 303 == back.status_code
    assert all(
        0x21 <= byte <= 0x7E for byte in back.headers.raw[[k for k, _ in back.headers.raw].index(b"location")][1]
    )
    assert "a" + odd + "z" == callback(answer)["state"]


@pytest.mark.parametrize(
    "changes", [{"prompt": "none login"}, {"prompt": "none", "redirect_uri": "cursor://anysphere/cb"}]
)
async def test_only_a_valid_silent_request_to_a_web_address_is_answered_unasked(
    service: Service, changes: dict[str, str]
) -> None:
    """N5: anything else waits until somebody signed in."""
    uris = [REDIRECT, "cursor://anysphere/cb"]
    client_id = (await service.registered(redirect_uris=uris))["client_id"]
    answer = await service.consent_page(client_id, **changes)
    repeated = await service.browser.get(service.authorization_url(client_id, prompt="none") + "&prompt=login")

    assert [200, 200] == [answer.status_code, repeated.status_code]
    assert 'name="password"' in answer.text


async def test_a_flood_of_one_kind_of_event_hides_no_other(tmp_path: Path, database_url: str) -> None:
    """Part of what changes is audited with the change itself."""
    settings = settings_for(tmp_path, database_url, secret_key="k" * 40)
    async with running(settings, clock=StoppedClock()) as service:
        client_id = (await service.registered())["client_id"]
        await service.signed_in()
        code = await service.code(client_id)
        for _ in range(210):
            await service.token(grant_type="refresh_token", client_id="nobody", refresh_token="dwr_x")
        await service.registered(token_endpoint_auth_method="client_secret_post")
        await service.redeemed(client_id, code, code_verifier="x" * 43)
        found = tags(service)

    assert {"client.registered", "code.refused"} <= set(found)
    assert found.count("client.authentication_failed") < 210


async def test_a_replay_is_noted_after_the_end_too(service: Service) -> None:
    client_id = (await service.registered())["client_id"]
    await service.signed_in()
    code = await service.code(client_id)
    for _ in range(3):
        await service.redeemed(client_id, code)

    assert 2 == tags(service).count("code.replayed")


async def test_a_refused_form_is_noted(service: Service) -> None:
    """ASVS 16.3: attempts to get around a control."""
    client_id = (await service.registered())["client_id"]
    await service.signed_in()
    page = await service.consent_page(client_id)
    fields = {**form_fields(page.text, "/oauth/consent"), "decision": "approve"}
    foreign = await service.browser.post("/oauth/consent", data=fields, headers={"origin": "https://evil.example"})
    service.browser.cookies.clear()
    nobody = await service.browser.post("/oauth/consent", data=fields)

    assert [403, 403] == [foreign.status_code, nobody.status_code]
    assert 2 == tags(service).count("form.refused")


async def test_pages_say_when_the_database_is_away(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object, **__: object) -> None:
        raise DatabaseUnavailable("a canary")

    monkeypatch.setattr("doorward.web.signed_in.find_session", away)
    answer = await service.browser.get("/account", headers={"cookie": "doorward=dwn_x"})

    assert (503, "5") == (answer.status_code, answer.headers["retry-after"])
    assert "canary" not in answer.text


async def test_a_weak_validator_counts(service: Service) -> None:
    """Proxies that compress make tags weak (RFC 9110 §13.1.2)."""
    path = "/.well-known/oauth-authorization-server"
    tag = (await service.http.get(path)).headers["etag"]
    answer = await service.http.get(path, headers={"if-none-match": f'"other", W/{tag}'})

    assert 304 == answer.status_code
