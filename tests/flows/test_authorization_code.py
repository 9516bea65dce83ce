"""The authorization code flow as a client and a person live it (RFC 6749 §4.1)."""

import asyncio
from datetime import timedelta

import pytest

from tests.flows.service import BASE, EMAIL, REDIRECT, RESOURCE, Service, a_verifier, callback, claims_of

pytestmark = pytest.mark.anyio


async def test_a_person_connects_a_client(service: Service) -> None:
    """From the registration to the tokens, with `iss` and `state` in the answer (RFC 9207 §2; S71)."""
    client_id = (await service.registered())["client_id"]
    sign_in = await service.browser.get(service.authorization_url(client_id))
    await service.signed_in()
    page = await service.consent_page(client_id)
    answer = await service.decided(page)
    fields = callback(answer)
    tokens = await service.redeemed(client_id, fields["code"], resource=RESOURCE)

    assert 200 == sign_in.status_code
    assert 'name="password"' in sign_in.text
    assert "127.0.0.1" in page.text
    assert EMAIL in page.text
    assert 303 == answer.status_code
    assert answer.headers["location"].startswith(f"{REDIRECT}?code=dwc_")
    assert ("a state/with+signs", BASE) == (fields["state"], fields["iss"])
    assert "no-store" in answer.headers["cache-control"]
    assert "no-referrer" == answer.headers["referrer-policy"]
    assert 200 == tokens.status_code


async def test_the_token_response(service: Service) -> None:
    """RFC 6749 §5.1: never stored by caches (S32); short-lived, with a refresh token (S28)."""
    client_id = (await service.registered())["client_id"]
    await service.signed_in()
    answer = await service.redeemed(client_id, await service.code(client_id))
    tokens = answer.json()

    assert "no-store" == answer.headers["cache-control"]
    assert "application/json" == answer.headers["content-type"]
    assert ("Bearer", 3600, "mcp") == (tokens["token_type"], tokens["expires_in"], tokens["scope"])
    assert {"access_token", "token_type", "expires_in", "scope", "refresh_token"} == set(tokens)


async def test_the_access_token_is_for_one_resource_and_tells_nothing_about_the_person(service: Service) -> None:
    """RFC 9068 §2.2 (S08, S16, S35)."""
    client_id, tokens = await service.connected()
    claims = claims_of(tokens["access_token"])

    assert {"iss", "sub", "aud", "client_id", "scope", "iat", "exp", "auth_time", "jti", "gid"} == set(claims)
    assert (BASE, RESOURCE, client_id) == (claims["iss"], claims["aud"], claims["client_id"])
    assert EMAIL not in str(claims)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"code_verifier": a_verifier()}, "invalid_grant"),
        ({"code_verifier": None}, "invalid_grant"),
        ({"code_verifier": "short"}, "invalid_request"),
        ({"code_verifier": "é" * 50}, "invalid_request"),
        ({"redirect_uri": "http://127.0.0.1:49153/callback"}, "invalid_grant"),
        ({"redirect_uri": "https://evil.example/cb"}, "invalid_grant"),
        ({"resource": "https://other.example/http"}, "invalid_target"),
        ({"code": "dwc_unknown"}, "invalid_grant"),
        ({"code": None}, "invalid_request"),
        ({"grant_type": None}, "invalid_request"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"grant_type": "client_credentials"}, "unsupported_grant_type"),
    ],
)
async def test_a_wrong_token_request_gets_its_error_and_uses_nothing_up(
    service: Service, changes: dict[str, str | None], error: str
) -> None:
    """UNCONSUMED: the same code still works afterwards (S23, S24, S30, S31)."""
    client_id = (await service.registered())["client_id"]
    await service.signed_in()
    code = await service.code(client_id)
    wrong = await service.redeemed(client_id, code, **changes)
    right = await service.redeemed(client_id, code)

    assert (400, error) == (wrong.status_code, wrong.json()["error"])
    assert "no-store" == wrong.headers["cache-control"]
    assert 200 == right.status_code


async def test_a_code_of_another_client_is_refused_and_not_harmed(service: Service) -> None:
    """A stranger can neither use nor burn a code (S21; RFC 6749 §4.1.3)."""
    client_id = (await service.registered())["client_id"]
    other = (await service.registered())["client_id"]
    await service.signed_in()
    code = await service.code(client_id)
    stolen = [await service.redeemed(other, code, code_verifier=a_verifier()) for _ in range(6)]
    right = await service.redeemed(client_id, code)

    assert {(400, "invalid_grant")} == {(answer.status_code, answer.json()["error"]) for answer in stolen}
    assert 200 == right.status_code


async def test_five_wrong_verifiers_of_the_right_client_kill_the_code(service: Service) -> None:
    """RFC 6819 §4.4.1.3 (S25)."""
    client_id = (await service.registered())["client_id"]
    await service.signed_in()
    code = await service.code(client_id)
    for _ in range(5):
        await service.redeemed(client_id, code, code_verifier=a_verifier())
    late = await service.redeemed(client_id, code)

    assert (400, "invalid_grant") == (late.status_code, late.json()["error"])


async def test_refusals_do_not_tell_why(service: Service) -> None:
    """One body for unknown, foreign, expired and used codes: no oracle on a stolen one (S31)."""
    client_id = (await service.registered())["client_id"]
    other = (await service.registered())["client_id"]
    await service.signed_in()
    code, expired = await service.code(client_id), await service.code(client_id)
    await service.redeemed(client_id, code)
    answers = [
        await service.redeemed(client_id, "dwc_unknown"),
        await service.redeemed(client_id, code),
        await service.redeemed(other, code),
    ]
    service.later(timedelta(seconds=61))
    answers.append(await service.redeemed(client_id, expired))

    assert 1 == len({answer.text for answer in answers})


async def test_a_code_expires_after_a_minute(service: Service) -> None:
    """RFC 6749 §4.1.2, ASVS 10.4.3 (S13, S14)."""
    client_id = (await service.registered())["client_id"]
    await service.signed_in()
    early, late = await service.code(client_id), await service.code(client_id)
    service.later(timedelta(seconds=59))
    in_time = await service.redeemed(client_id, early)
    service.later(timedelta(seconds=2))
    too_late = await service.redeemed(client_id, late)

    assert (200, 400) == (in_time.status_code, too_late.status_code)


async def test_of_twenty_racers_one_gets_tokens(service: Service) -> None:
    """An authorization code works once, even under a race (RFC 6749 §4.1.2, §10.5; S20)."""
    client_id = (await service.registered())["client_id"]
    await service.signed_in()
    code = await service.code(client_id)
    answers = await asyncio.gather(*(service.redeemed(client_id, code) for _ in range(20)))

    assert [200] + [400] * 19 == sorted(answer.status_code for answer in answers)


async def test_a_replayed_code_ends_what_it_gave(service: Service) -> None:
    """DEAD: RFC 6749 §4.1.2, OIDF codereuse (S27)."""
    client_id = (await service.registered())["client_id"]
    await service.signed_in()
    code = await service.code(client_id)
    tokens = (await service.redeemed(client_id, code)).json()
    service.later(timedelta(seconds=90))
    await service.redeemed(client_id, code)
    refresh = await service.refreshed(client_id, tokens["refresh_token"])

    assert (400, "invalid_grant") == (refresh.status_code, refresh.json()["error"])
    assert {"code.replayed", "authorization.revoked"} <= {str(event.tag) for event in service.audit()}


@pytest.mark.parametrize("changes", [{"code_verifier": a_verifier()}, {"redirect_uri": "https://evil.example/cb"}])
async def test_a_replay_without_proof_harms_nothing(service: Service, changes: dict[str, str]) -> None:
    """Revoking on a stolen code without its verifier would be a denial of service (OAuth 2.1 §7.5.3)."""
    client_id = (await service.registered())["client_id"]
    await service.signed_in()
    code = await service.code(client_id)
    tokens = (await service.redeemed(client_id, code)).json()
    for _ in range(6):
        await service.redeemed(client_id, code, **changes)
    refresh = await service.refreshed(client_id, tokens["refresh_token"])

    assert 200 == refresh.status_code


async def test_the_redirect_uri_may_be_left_out_of_the_token_request(service: Service) -> None:
    """OAuth 2.1 §10.2 (S34)."""
    client_id = (await service.registered())["client_id"]
    await service.signed_in()
    answer = await service.redeemed(client_id, await service.code(client_id), redirect_uri=None)

    assert 200 == answer.status_code


async def test_a_disabled_person_gets_no_token(service: Service) -> None:
    """The user is checked again when the code is redeemed (S36)."""
    from doorward.audit import RequestContext
    from doorward.operations.disable_user import disable_user

    client_id = (await service.registered())["client_id"]
    await service.signed_in()
    code = await service.code(client_id)
    installation = service.installation
    disable_user(installation.database, email=EMAIL, now=installation.clock.now(), context=RequestContext())
    answer = await service.redeemed(client_id, code)
    page = await service.consent_page(client_id)

    assert (400, "invalid_grant") == (answer.status_code, answer.json()["error"])
    assert 'name="password"' in page.text


async def test_a_second_click_on_approve_gives_a_second_code_for_the_same_connection(service: Service) -> None:
    """T15, R16: the first code dies, the Authorization stays one; after redemption there is nothing to issue."""
    client_id = (await service.registered())["client_id"]
    await service.signed_in()
    page = await service.consent_page(client_id)
    first, second = await service.decided(page), await service.decided(page)
    dead = await service.redeemed(client_id, callback(first)["code"])
    alive = await service.redeemed(client_id, callback(second)["code"])
    third = await service.decided(page)

    assert (400, 200) == (dead.status_code, alive.status_code)
    assert 200 == third.status_code
    assert "location" not in third.headers
    assert "already connected" in third.text.lower()


async def test_reloading_the_consent_page_does_not_void_the_older_copy(service: Service) -> None:
    """T15."""
    client_id = (await service.registered())["client_id"]
    await service.signed_in()
    older, newer = await service.consent_page(client_id), await service.consent_page(client_id)
    answers = [await service.decided(older), await service.decided(newer)]
    tokens = [await service.redeemed(client_id, callback(answer)["code"]) for answer in answers]

    assert [200, 200] == [answer.status_code for answer in tokens]


async def test_two_devices_do_not_evict_each_other(service: Service) -> None:
    """Each code makes an Authorization of its own."""
    client_id, first = await service.connected()
    second = (await service.redeemed(client_id, await service.code(client_id))).json()
    answers = [await service.refreshed(client_id, tokens["refresh_token"]) for tokens in (first, second)]

    assert [200, 200] == [answer.status_code for answer in answers]
    assert claims_of(first["access_token"])["gid"] != claims_of(second["access_token"])["gid"]


async def test_a_client_without_the_refresh_token_grant_gets_no_refresh_token(service: Service) -> None:
    """RFC 7591 §2 `grant_types`; R6."""
    _, tokens = await service.connected(grant_types=["authorization_code"])

    assert "refresh_token" not in tokens
