"""The authorization call of an operator's own dashboard."""

from datetime import timedelta
from urllib.parse import parse_qsl, urlsplit

import pytest

from doorward.audit import AuditTag
from doorward.kit.secrets import digest
from doorward.oauth.records import Verdict
from doorward.operations.block_client import block_client
from doorward.operations.list_access_requests import list_access_requests
from doorward.operations.set_client_rule import set_client_rule
from tests.builders import AN_EMAIL, HERE, NOW, audited, given_a_client_and_secret
from tests.web.api.builders import an_authorization_request, given_a_registration

AUTHORIZE = "/api/oauth/authorize"
CALLBACK = "https://client.example/callback?tenant=a%20b"
STATE = "st&te=é\"<'/+ %20"


@pytest.fixture
def client_id(web) -> str:
    return given_a_registration(web, redirect_uris=[CALLBACK])


@pytest.fixture
def request_body(client_id) -> dict[str, str]:
    """The seed's seven fields (`OAuthAuthorizeRequest`)."""
    return an_authorization_request(client_id, CALLBACK, state=STATE, scope="mcp")


def codes_of(database) -> int:
    return len(audited(database, AuditTag.AUTHORIZATION_GRANTED))


def test_an_approval_answers_the_code_and_the_whole_callback(api, web, person, request_body):
    """The server builds the callback, so no dashboard has to (S11); `iss` is in it (RFC 9207 §2)."""
    answer = api.post(AUTHORIZE, headers=person.headers, json=request_body)

    body = answer.json()
    assert 200 == answer.status_code
    assert {"code", "state", "redirect_uri", "iss", "redirect_to"} == set(body)
    assert (STATE, CALLBACK, web.server.policy.issuer) == (body["state"], body["redirect_uri"], body["iss"])
    assert body["redirect_to"].startswith(CALLBACK + "&")
    sent = dict(parse_qsl(urlsplit(body["redirect_to"]).query, strict_parsing=True))
    assert {"tenant": "a b", "code": body["code"], "state": STATE, "iss": body["iss"]} == sent


def test_an_approval_records_the_same_consent_as_the_page(api, web, database, person, client_id, request_body):
    """Calling it states the user's decision: Authorization and audit event are written (S06, S15)."""
    code = api.post(AUTHORIZE, headers=person.headers, json=request_body).json()["code"]

    stored, authorization = web.server.grant_tools.token_path.explain_code(digest(code))
    assert (person.user.id, client_id) == (authorization.user_id, authorization.client_id)
    assert (CALLBACK, "mcp") == (authorization.redirect_uri, str(authorization.scope))
    assert web.server.policy.default_resource.identifier == authorization.resource == stored.resource
    assert NOW + web.server.policy.authorization_code_lifetime == stored.expires_at
    [granted] = audited(database, AuditTag.AUTHORIZATION_GRANTED)
    assert (person.user.id, client_id, authorization.public_id) == (
        granted.user_id,
        granted.client_id,
        granted.authorization,
    )


def test_each_approval_is_an_authorization_of_its_own(api, web, person, request_body):
    """Devices of one person do not evict each other (architecture.md section 3)."""
    codes = [api.post(AUTHORIZE, headers=person.headers, json=request_body).json()["code"] for _ in range(2)]

    found = [web.server.grant_tools.token_path.explain_code(digest(code)) for code in codes]
    assert 2 == len({authorization.id for _, authorization in found})


def test_without_state_the_answer_has_none(api, person, request_body):
    """`state: Optional[str]` in the seed; RFC 6749 §4.1.2: present only if it was."""
    del request_body["state"]

    body = api.post(AUTHORIZE, headers=person.headers, json=request_body).json()

    assert body["state"] is None
    assert "state=" not in body["redirect_to"]


@pytest.mark.parametrize("scope", [None, "", "admin", "unknown words"])
def test_no_known_scope_means_the_default_one(api, web, person, request_body, scope):
    """Unknown scope tokens are dropped, and nothing left is the default (threats.md section 2; S09)."""
    code = api.post(AUTHORIZE, headers=person.headers, json={**request_body, "scope": scope}).json()["code"]

    _, authorization = web.server.grant_tools.token_path.explain_code(digest(code))
    assert web.server.policy.default_resource.default_scope == authorization.scope


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"client_id": None}, "invalid_request"),
        ({"client_id": ""}, "invalid_request"),
        ({"client_id": "nobody"}, "invalid_client"),
        ({"client_id": "dwp_forged"}, "invalid_client"),
        ({"client_id": "x" * 50_000}, "invalid_client"),
        ({"redirect_uri": "https://evil.example/cb"}, "invalid_request"),
        ({"redirect_uri": CALLBACK + "#"}, "invalid_request"),
        ({"redirect_uri": CALLBACK + "/"}, "invalid_request"),
        ({"redirect_uri": CALLBACK.upper()}, "invalid_request"),
        ({"redirect_uri": ""}, "invalid_request"),
        ({"redirect_uri": "javascript:alert(1)"}, "invalid_request"),
        ({"redirect_uri": "https://client.example\\@evil.example/callback"}, "invalid_request"),
        ({"response_type": None}, "invalid_request"),
        ({"response_type": ""}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": "code id_token"}, "unsupported_response_type"),
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge": ""}, "invalid_request"),
        ({"code_challenge": "abc"}, "invalid_request"),
        ({"code_challenge": "x" * 44}, "invalid_request"),
        ({"code_challenge": "é" * 43}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"code_challenge_method": ""}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": "s256"}, "invalid_request"),
        ({"code_challenge_method": "S512"}, "invalid_request"),
        ({"scope": 'mcp "'}, "invalid_scope"),
        ({"scope": "mcp\n"}, "invalid_scope"),
        ({"resource": "https://elsewhere.example/http"}, "invalid_target"),
        ({"resource": "nonsense"}, "invalid_target"),
        ({"prompt": "none"}, "consent_required"),
        ({"prompt": "none login"}, "invalid_request"),
        ({"prompt": "login"}, "login_required"),
        ({"max_age": "-1"}, "invalid_request"),
        ({"response_mode": "fragment"}, "invalid_request"),
        ({"request": "eyJhbGciOiJub25lIn0.e30."}, "invalid_request"),
        ({"request_uri": "https://client.example/request"}, "invalid_request"),
        ({"decision": "maybe"}, "invalid_request"),
        ({"decision": None}, "invalid_request"),
        ({"decision": ["approve"]}, "invalid_request"),
        ({"client_id": ["a", "b"]}, "invalid_request"),
        ({"state": {"a": "b"}}, "invalid_request"),
        ({"scope": ["mcp"]}, "invalid_request"),
        ({"code_challenge": 1}, "invalid_request"),
    ],
)
def test_a_wrong_request_is_400_and_nothing_is_recorded(api, web, database, person, request_body, changes, error):
    """S01, S02, S03, S04, S05, S08, S09, S10: the checks of the page, as `{error, error_description, state, iss}`."""
    answer = api.post(AUTHORIZE, headers=person.headers, json={**request_body, **changes})

    assert (400, error) == (answer.status_code, answer.json()["error"])
    assert {"error", "error_description", "state", "iss"} == set(answer.json())
    assert web.server.policy.issuer == answer.json()["iss"]
    assert (None if isinstance(changes.get("state"), dict) else STATE) == answer.json()["state"]
    assert 0 == codes_of(database)


@pytest.mark.parametrize("decision", ["approve", "deny"])
def test_a_refusal_and_an_approval_are_checked_alike(api, database, person, request_body, decision):
    """No error callback is built for a redirect URI that is not the client's (N2)."""
    body = {**request_body, "redirect_uri": "https://evil.example/cb", "decision": decision}

    answer = api.post(AUTHORIZE, headers=person.headers, json=body)

    assert (400, "invalid_request") == (answer.status_code, answer.json()["error"])
    assert "evil.example" not in answer.text
    assert [] == audited(database, AuditTag.AUTHORIZATION_DENIED)


def test_a_refusal_answers_the_error_callback(api, web, database, person, client_id, request_body):
    """`access_denied` with `state` and `iss` (RFC 6749 §4.1.2.1, RFC 9207 §2); no code, one audit event."""
    answer = api.post(AUTHORIZE, headers=person.headers, json={**request_body, "decision": "deny"})

    body = answer.json()
    assert (200, "access_denied") == (answer.status_code, body["error"])
    assert {"error", "error_description", "state", "redirect_uri", "iss", "redirect_to"} == set(body)
    assert body["redirect_to"].startswith(CALLBACK + "&")
    sent = dict(parse_qsl(urlsplit(body["redirect_to"]).query, strict_parsing=True))
    assert ("access_denied", STATE, web.server.policy.issuer) == (sent["error"], sent["state"], sent["iss"])
    assert "code" not in sent
    [denied] = audited(database, AuditTag.AUTHORIZATION_DENIED)
    assert (person.user.id, client_id) == (denied.user_id, denied.client_id)
    assert 0 == codes_of(database)


def test_unknown_parameters_are_ignored(api, person, request_body):
    """RFC 6749 §3.1: unrecognized request parameters are ignored, and so did the seed's model."""
    body = {**request_body, "vendor_hint": {"a": [1, 2]}, "nonce": "n"}

    assert 200 == api.post(AUTHORIZE, headers=person.headers, json=body).status_code


def test_a_blocked_client_gets_nothing(api, database, person, client_id, request_body):
    """`doorward clients block` is honoured (architecture.md T14)."""
    block_client(database, subject=client_id, now=NOW, context=HERE)

    answer = api.post(AUTHORIZE, headers=person.headers, json=request_body)

    assert (400, "invalid_client") == (answer.status_code, answer.json()["error"])


def test_max_age_asks_for_a_recent_sign_in(api, web, person, request_body):
    """`max_age` is measured from when the password was verified (OIDC Core §3.1.2.1)."""
    web.clock.advance(timedelta(minutes=5))

    recent = api.post(AUTHORIZE, headers=person.headers, json={**request_body, "max_age": "600"})
    stale = api.post(AUTHORIZE, headers=person.headers, json={**request_body, "max_age": "60"})

    assert 200 == recent.status_code
    assert (400, "login_required") == (stale.status_code, stale.json()["error"])


def test_the_one_registered_redirect_uri_may_be_left_out(api, person, request_body):
    """RFC 6749 §3.1.2.3: required only when several are registered."""
    del request_body["redirect_uri"]

    assert CALLBACK == api.post(AUTHORIZE, headers=person.headers, json=request_body).json()["redirect_uri"]


def test_a_dashboard_learns_what_it_must_show(api, web, person, client_id, request_body):
    """Who asks, where the answer goes, which account, server and scopes, for how long (ASVS 10.7.2)."""
    answer = api.get(AUTHORIZE, headers=person.headers, params={**request_body, "scope": "mcp offline_access"})

    body, policy = answer.json(), web.server.policy
    resource = policy.default_resource
    assert 200 == answer.status_code
    assert {
        "client_id": client_id,
        "name": "Example Client",
        "verified": False,
        "redirect_host": "client.example",
        "runs_on_this_computer": False,
        "made_by_you": False,
        "verified_host": None,
    } == body["client"]
    assert [] == body["changes"]
    assert {"email": AN_EMAIL} == body["account"]
    assert {"identifier": resource.identifier, "name": resource.name} == body["resource"]
    assert ["mcp", "offline_access"] == [scope["name"] for scope in body["scopes"]]
    assert all(scope["words"] for scope in body["scopes"])
    assert body["stays_connected"] is True
    assert {
        "access_token": policy.access_token_lifetime.total_seconds(),
        "idle": policy.refresh_token_idle_lifetime.total_seconds(),
        "connection": policy.authorization_lifetime.total_seconds(),
    } == body["lifetimes"]


def test_showing_uses_nothing_up_and_records_nothing(api, database, person, request_body):
    """A GET is safe (RFC 9110 §9.2.1)."""
    for _ in range(2):
        assert 200 == api.get(AUTHORIZE, headers=person.headers, params=request_body).status_code

    assert 0 == codes_of(database)
    assert 200 == api.post(AUTHORIZE, headers=person.headers, json=request_body).status_code


def test_a_client_of_the_operator_is_shown_as_verified(api, database, person, request_body):
    """Only an operator can vouch for a client (interop R29)."""
    client, _ = given_a_client_and_secret(
        database, auth_method="none", redirect_uris=["http://127.0.0.1/callback"], grant_types=["authorization_code"]
    )
    params = {**request_body, "client_id": client.client_id, "redirect_uri": "http://127.0.0.1:5123/callback"}

    body = api.get(AUTHORIZE, headers=person.headers, params=params).json()

    assert (True, True) == (body["client"]["verified"], body["client"]["runs_on_this_computer"])
    assert body["stays_connected"] is False
    assert body["lifetimes"]["idle"] is None


@pytest.mark.parametrize(
    ("query", "error"),
    [
        ("", "invalid_request"),
        ("client_id=a&client_id=b", "invalid_request"),
        ("client_id=%FF", "invalid_request"),
        ("client_id=%00", "invalid_request"),
        ("&".join(f"p{i}=1" for i in range(100)), "invalid_request"),
        ("client_id=nobody&state=s&state=t", "invalid_client"),
    ],
)
def test_a_wrong_query_is_400_in_the_same_shape(api, web, person, query, error):
    """Nothing is guessed from ambiguous parameters (RFC 6749 §3.1)."""
    answer = api.get(f"{AUTHORIZE}?{query}", headers=person.headers)

    assert (400, error) == (answer.status_code, answer.json()["error"])
    assert {"error", "error_description", "state", "iss"} == set(answer.json())
    assert answer.json()["state"] is None


def test_a_missing_session_comes_before_everything_else(api, request_body):
    """A missing or bad session is 401, whatever the request says; nothing is probed without one."""
    answers = [api.post(AUTHORIZE, json=request_body), api.post(AUTHORIZE, json={}), api.get(AUTHORIZE)]

    assert [401] * 3 == [answer.status_code for answer in answers]
    assert {"Bearer"} == {answer.headers["www-authenticate"] for answer in answers}


def test_where_an_administrator_decides_the_call_lets_the_person_wait(api, web, database, person, request_body):
    """The call is the person's own, as the button of the page is; the client gets nothing."""
    set_client_rule(database, subject="client.example", verdict=Verdict.ASK, now=NOW, context=HERE)

    assert 200 == api.get(AUTHORIZE, headers=person.headers, params=request_body).status_code
    assert [] == list_access_requests(database)
    for _ in range(2):
        answer = api.post(AUTHORIZE, headers=person.headers, json=request_body)
        assert (400, "access_denied") == (answer.status_code, answer.json()["error"])
        assert "administrator" in answer.json()["error_description"]
    ((request, email),) = list_access_requests(database)
    assert ("client.example", AN_EMAIL) == (request.subject, email)
    assert 0 == codes_of(database)


def test_what_one_person_may_not_connect_is_refused_for_them(api, database, person, other_person, request_body):
    set_client_rule(
        database, subject="client.example", verdict=Verdict.DENY, user_id=person.user.id, now=NOW, context=HERE
    )

    for answer in (
        api.post(AUTHORIZE, headers=person.headers, json=request_body),
        api.get(AUTHORIZE, headers=person.headers, params=request_body),
    ):
        assert (400, "access_denied") == (answer.status_code, answer.json()["error"])
    assert 200 == api.post(AUTHORIZE, headers=other_person.headers, json=request_body).status_code
