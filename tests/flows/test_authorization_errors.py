"""Wrong authorization requests: who may be told, and where nobody is sent (RFC 6749 §4.1.2.1; N1-N8)."""

from datetime import timedelta

import pytest

from doorward.kit.unit_of_work import DatabaseUnavailable
from tests.flows.service import BASE, REDIRECT, Service, callback, form_fields

pytestmark = pytest.mark.anyio


def assert_page(answer, status: int = 400) -> None:
    """PAGE: no redirect of any kind, not framed, never stored."""
    assert status == answer.status_code
    assert "location" not in answer.headers
    assert "refresh" not in answer.headers
    assert "text/html" in answer.headers["content-type"]
    assert "http-equiv" not in answer.text.lower()
    assert "evil.example" not in answer.text
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]


@pytest.mark.parametrize(
    "changes",
    [
        {"client_id": None},
        {"client_id": ""},
        {"client_id": "nobody"},
        {"client_id": "dwp_AAAA"},
        {"client_id": "x" * 5000},
        {"redirect_uri": ""},
        {"redirect_uri": "https://evil.example/cb"},
        {"redirect_uri": "javascript:alert(1)//evil.example"},
        {"redirect_uri": "/callback"},
        {"redirect_uri": REDIRECT + "#x"},
        {"redirect_uri": REDIRECT + "/"},
        {"redirect_uri": REDIRECT.replace("127.0.0.1", "localhost")},
        {"redirect_uri": "http://127.0.0.1:1@evil.example/callback"},
    ],
)
@pytest.mark.parametrize("signed_in", [False, True])
async def test_without_a_trusted_target_the_answer_is_a_page(
    service: Service, changes: dict[str, str | None], signed_in: bool
) -> None:
    """N1-N3 (S01, S02)."""
    client_id = (await service.registered())["client_id"]
    if signed_in:
        await service.signed_in()
    answer = await service.browser.get(service.authorization_url(client_id, **changes))

    assert_page(answer)


@pytest.mark.parametrize("name", ["client_id", "redirect_uri"])
async def test_a_repeated_target_is_a_page(service: Service, name: str) -> None:
    client_id = (await service.registered())["client_id"]
    await service.signed_in()
    value = {"client_id": client_id, "redirect_uri": REDIRECT}[name]
    answer = await service.browser.get(service.authorization_url(client_id) + f"&{name}={value}")

    assert_page(answer)


@pytest.mark.parametrize(
    "query", [b"client_id=%ff", b"client_id=a%00b", b"&" * 100 + b"a=b&" * 100, b"a=" + b"b" * 20000]
)
async def test_unreadable_requests_are_a_page(service: Service, query: bytes) -> None:
    answer = await service.browser.get("/oauth/authorize?" + query.decode("latin-1"))

    assert_page(answer)


WRONG: list[tuple[dict[str, str | None], str]] = [
    ({"response_type": None}, "invalid_request"),
    ({"response_type": "token"}, "unsupported_response_type"),
    ({"response_type": "code token"}, "unsupported_response_type"),
    ({"response_mode": "fragment"}, "invalid_request"),
    ({"code_challenge": None}, "invalid_request"),
    ({"code_challenge": ""}, "invalid_request"),
    ({"code_challenge": "abc"}, "invalid_request"),
    ({"code_challenge_method": None}, "invalid_request"),
    ({"code_challenge_method": "plain"}, "invalid_request"),
    ({"code_challenge_method": "S512"}, "invalid_request"),
    ({"resource": "https://other.example/http"}, "invalid_target"),
    ({"resource": "nonsense"}, "invalid_target"),
    ({"scope": 'mcp "'}, "invalid_scope"),
    ({"request": "eyJ"}, "invalid_request"),
    ({"request_uri": "urn:x"}, "invalid_request"),
    ({"max_age": "-1"}, "invalid_request"),
    ({"max_age": "soon"}, "invalid_request"),
]


@pytest.mark.parametrize(("changes", "error"), WRONG)
async def test_a_client_learns_its_mistake_once_somebody_signed_in(
    service: Service, changes: dict[str, str | None], error: str
) -> None:
    """REDIR: `error`, the state byte for byte and `iss` (RFC 9207 §2; S03-S05, S08-S10, S70, S71)."""
    client_id = (await service.registered())["client_id"]
    anonymous = await service.browser.get(service.authorization_url(client_id, **changes))
    await service.signed_in()
    answer = await service.browser.get(service.authorization_url(client_id, **changes))
    fields = callback(answer)

    assert 200 == anonymous.status_code, "nobody is redirected before signing in (N5)"
    assert 'name="password"' in anonymous.text
    assert 303 == answer.status_code
    assert answer.headers["location"].startswith(REDIRECT + "?")
    assert (error, "a state/with+signs", BASE) == (fields["error"], fields["state"], fields["iss"])
    assert "code" not in fields


async def test_a_repeated_parameter_is_told_without_guessing_a_state(service: Service) -> None:
    client_id = (await service.registered())["client_id"]
    await service.signed_in()
    scope = await service.browser.get(service.authorization_url(client_id) + "&scope=mcp")
    state = await service.browser.get(service.authorization_url(client_id) + "&state=other")
    resource = await service.browser.get(service.authorization_url(client_id) + "&resource=https://other.example/")

    assert ["invalid_request", "invalid_request", "invalid_target"] == [
        callback(answer)["error"] for answer in (scope, state, resource)
    ]
    assert "state" not in callback(state)


async def test_no_state_sent_means_none_returned(service: Service) -> None:
    client_id = (await service.registered())["client_id"]
    await service.signed_in()
    answer = await service.decided(await service.consent_page(client_id, state=None))

    assert {"code", "iss"} == set(callback(answer))


@pytest.mark.parametrize(
    ("scope", "granted"),
    [
        (None, "mcp"),
        ("", "mcp"),
        ("claudeai", "mcp"),
        ("offline_access", "mcp offline_access"),
        ("mcp unknown offline_access", "mcp offline_access"),
    ],
)
async def test_the_scope_is_clamped_and_stated(service: Service, scope: str | None, granted: str) -> None:
    """Unknown tokens are dropped, nothing left means the default, and the answer says so (R22; S09)."""
    client_id = (await service.registered())["client_id"]
    await service.signed_in()
    tokens = (await service.redeemed(client_id, await service.code(client_id, scope=scope))).json()

    assert granted == tokens["scope"]


async def test_one_registered_redirect_uri_need_not_be_named_and_two_must(service: Service) -> None:
    """RFC 6749 §3.1.2.3; never "the first registered one" (N2)."""
    one = (await service.registered())["client_id"]
    two = (await service.registered(redirect_uris=[REDIRECT, "https://a.example/cb"]))["client_id"]
    await service.signed_in()
    page = await service.consent_page(one, redirect_uri=None)
    refused = await service.consent_page(two, redirect_uri=None)

    assert callback(await service.decided(page))["code"]
    assert_page(refused)


async def test_the_query_of_a_redirect_uri_is_kept(service: Service) -> None:
    uri = "https://a.example/cb?tenant=1"
    client_id = (await service.registered(redirect_uris=[uri]))["client_id"]
    await service.signed_in()
    answer = await service.decided(await service.consent_page(client_id, redirect_uri=uri))

    assert answer.headers["location"].startswith(uri + "&code=")


async def test_a_loopback_port_is_free(service: Service) -> None:
    """RFC 8252 §7.3, R11: Claude Code takes a new port at each login."""
    client_id = (await service.registered(redirect_uris=["http://localhost/callback"]))["client_id"]
    await service.signed_in()
    answer = await service.decided(
        await service.consent_page(client_id, redirect_uri="http://localhost:51234/callback")
    )

    assert answer.headers["location"].startswith("http://localhost:51234/callback?code=")


async def test_prompt_none_without_a_session_is_answered_at_once(service: Service) -> None:
    """OIDC Core §3.1.2.6: the one exception to N5."""
    client_id = (await service.registered())["client_id"]
    anonymous = callback(await service.consent_page(client_id, prompt="none"))
    await service.signed_in()
    signed_in = callback(await service.consent_page(client_id, prompt="none"))
    both = callback(await service.consent_page(client_id, prompt="none login"))

    assert ["login_required", "consent_required", "invalid_request"] == [
        fields["error"] for fields in (anonymous, signed_in, both)
    ]


@pytest.mark.parametrize("changes", [{"prompt": "login"}, {"prompt": "select_account consent"}, {"max_age": "0"}])
async def test_a_fresh_sign_in_can_be_asked_for_and_satisfies_once(service: Service, changes: dict[str, str]) -> None:
    """OIDC Core §3.1.2.1 `prompt`, `max_age`."""
    client_id = (await service.registered())["client_id"]
    await service.signed_in()
    service.later(timedelta(seconds=5))
    page = await service.consent_page(client_id, **changes)
    fields = form_fields(page.text, "/sign-in")
    from tests.flows.service import EMAIL, PASSWORD

    back = await service.browser.post("/sign-in", data={**fields, "email": EMAIL, "password": PASSWORD})
    consent = await service.browser.get(back.headers["location"])

    assert 'name="password"' in page.text
    assert 303 == back.status_code
    assert callback(await service.decided(consent))["state"] == "a state/with+signs"


async def test_max_age_is_content_with_a_recent_sign_in(service: Service) -> None:
    client_id = (await service.registered())["client_id"]
    await service.signed_in()
    service.later(timedelta(seconds=50))
    recent = await service.consent_page(client_id, max_age="60")
    service.later(timedelta(seconds=50))
    stale = await service.consent_page(client_id, max_age="60")

    assert 'value="approve"' in recent.text
    assert 'name="password"' in stale.text


async def test_login_hint_fills_the_form(service: Service) -> None:
    client_id = (await service.registered())["client_id"]
    page = await service.consent_page(client_id, login_hint='a"><b>@example.com')

    assert "<b>" not in page.text
    assert "&lt;b&gt;@example.com" in page.text


async def test_a_refusal_by_a_person_names_the_host_and_offers_one_link(service: Service) -> None:
    """N6: no automatic redirect to a stranger; the link is the whole callback with state and iss."""
    client_id = (await service.registered())["client_id"]
    await service.signed_in()
    answer = await service.decided(await service.consent_page(client_id), "deny")

    assert 200 == answer.status_code
    assert "location" not in answer.headers
    assert f'href="{REDIRECT}?error=access_denied&amp;' in answer.text
    assert "authorization.denied" in {str(event.tag) for event in service.audit()}


async def test_a_consent_form_of_another_session_is_refused(service: Service) -> None:
    """N7: the form is bound to the browser session that opened it."""
    client_id = (await service.registered())["client_id"]
    await service.signed_in()
    page = await service.consent_page(client_id)
    service.browser.cookies.clear()
    await service.signed_in()
    other = await service.decided(page)
    service.browser.cookies.clear()
    nobody = await service.decided(page)

    assert_page(other, 403)
    assert_page(nobody, 403)


async def test_a_consent_form_expires_and_cannot_be_altered_or_swapped(service: Service) -> None:
    client_id = (await service.registered())["client_id"]
    login = form_fields((await service.consent_page(client_id)).text, "/sign-in")["interaction"]
    await service.signed_in()
    page = await service.consent_page(client_id)
    sealed = form_fields(page.text, "/oauth/consent")["interaction"]
    wrong = [
        await service.browser.post("/oauth/consent", data={"interaction": value, "decision": "approve"})
        for value in (login, sealed[:20] + ("A" if sealed[20] != "A" else "B") + sealed[21:], "", "é")
    ]
    undecided = await service.browser.post("/oauth/consent", data={"interaction": sealed, "decision": "maybe"})
    service.later(timedelta(hours=2))
    late = await service.decided(page)

    for answer in (*wrong, undecided, late):
        assert_page(answer)


async def test_a_get_of_the_authorization_url_uses_nothing_up(service: Service) -> None:
    """FastMCP and mcp-remote fetch the URL themselves first (clients-recorded)."""
    client_id = (await service.registered())["client_id"]
    url = service.authorization_url(client_id)
    before = [await service.http.get(url) for _ in range(3)]
    unknown = await service.http.get(service.authorization_url("dwp_forgotten"))
    await service.signed_in()

    assert {200} == {answer.status_code for answer in before}
    assert 400 == unknown.status_code
    assert callback(await service.decided(await service.browser.get(url)))["code"]


async def test_the_old_address_leads_to_the_new_one_with_the_query_as_it_came(service: Service) -> None:
    """R9, T10."""
    answer = await service.http.get("/authorize?client_id=a%2fb&x=%C3%A9+&&")

    assert 303 == answer.status_code
    assert f"{BASE}/oauth/authorize?client_id=a%2fb&x=%C3%A9+&&" == answer.headers["location"]


@pytest.mark.parametrize(
    ("failure", "error"), [(RuntimeError, "server_error"), (DatabaseUnavailable, "temporarily_unavailable")]
)
async def test_once_somebody_signed_in_the_client_learns_that_the_server_failed(
    service: Service, monkeypatch: pytest.MonkeyPatch, failure: type[Exception], error: str
) -> None:
    """N12: REDIR(server_error) or REDIR(temporarily_unavailable), and nothing of the failure itself."""
    client_id = (await service.registered())["client_id"]
    await service.signed_in()
    page = await service.consent_page(client_id)

    def fail(*_: object) -> None:
        raise failure("a canary")

    monkeypatch.setattr("doorward.oauth.endpoints.authorize.issue_code", fail)
    answer = await service.decided(page)

    assert (error, BASE) == (callback(answer)["error"], callback(answer)["iss"])
    assert "canary" not in answer.headers["location"]
