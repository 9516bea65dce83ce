"""A credential of one kind is never accepted as another (S07, threats.md section 6, 2)."""

import pytest

from doorward.audit import RequestContext
from doorward.identity.login import SessionLifetimes, SignInLimits
from doorward.identity.records import SessionKind
from doorward.kit.b64 import encode
from doorward.kit.secrets import TokenPrefix, new_token
from doorward.oauth.endpoints.token import exchange
from doorward.oauth.params import Params
from doorward.operations.find_api_key import find_api_key
from doorward.operations.find_session import find_session
from doorward.operations.sign_in import sign_in
from tests.builders import A_PASSWORD, AN_EMAIL, HERE, NOW
from tests.web.api.builders import a_verifier, an_authorization_request, given_a_registration

CALLBACK = "https://client.example/callback"
SIGNED_IN = ["/api/users/me", "/api/users/mcp-keys", "/api/users/clients", "/api/oauth/authorize", "/api/admin/clients"]


@pytest.fixture
def credentials(api, web, database, person) -> dict[str, str]:
    """One live credential of every kind there is, all of one person but the invitation."""
    client_id = given_a_registration(web, redirect_uris=[CALLBACK])
    body = an_authorization_request(client_id, CALLBACK, scope="mcp offline_access")
    code, unused_code = (
        api.post("/api/oauth/authorize", headers=person.headers, json=body).json()["code"] for _ in range(2)
    )
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": CALLBACK,
        "client_id": client_id,
        "code_verifier": a_verifier(),
    }
    tokens = exchange(web.server, Params.of(form), (), now=NOW, context=RequestContext())
    browser, _ = sign_in(
        database,
        web.passwords,
        limits=SignInLimits(),
        lifetimes=SessionLifetimes(),
        email=AN_EMAIL,
        password=A_PASSWORD,
        kind=SessionKind.BROWSER,
        now=NOW,
        context=HERE,
    )
    api_key = api.post("/api/users/mcp-keys", headers=person.headers, json={"name": "a"}).json()["key"]
    browser_session = browser.reveal()
    return {
        "access token": str(tokens["access_token"]),
        "refresh token": str(tokens["refresh_token"]),
        "API key": api_key,
        "browser session": browser_session,
        "browser session under our prefix": TokenPrefix.BEARER_SESSION + browser_session.partition("_")[2],
        "API key under our prefix": TokenPrefix.BEARER_SESSION + api_key.partition("_")[2],
        "code": unused_code,
        "client id": client_id,
        "invitation": new_token(TokenPrefix.INVITATION).reveal(),
        "unsigned JWT": ".".join([encode(b'{"alg":"none"}'), encode(b'{"sub":"ada@example.org"}'), ""]),
    }


@pytest.mark.parametrize("path", SIGNED_IN)
def test_nothing_but_a_session_token_signs_a_person_in(api, credentials, path):
    """Neither tokens of clients nor the cookie of a browser are a session here (RFC 8725 §3.11, ASVS 9.2.2)."""
    statuses = {
        kind: api.get(path, headers={"Authorization": f"Bearer {credential}"}).status_code
        for kind, credential in credentials.items()
    }

    assert dict.fromkeys(credentials, 401) == statuses


@pytest.mark.parametrize("path", SIGNED_IN)
def test_the_cookie_of_a_signed_in_browser_is_not_seen(api, credentials, path):
    """A page of another site could make a browser send it (S12)."""
    session = credentials["browser session"]

    answer = api.get(path, headers={"Cookie": f"doorward={session}; __Host-doorward={session}"})

    assert 401 == answer.status_code


def test_an_access_token_cannot_mint_another_code(api, credentials):
    """The seed signed both with one key, so a client's token got codes for other clients (S07)."""
    body = an_authorization_request(credentials["client id"], CALLBACK)

    for kind in ("access token", "refresh token", "API key"):
        answer = api.post("/api/oauth/authorize", headers={"Authorization": f"Bearer {credentials[kind]}"}, json=body)
        assert 401 == answer.status_code


def test_a_session_token_is_no_api_key_and_no_browser_session(database, person):
    """Each kind has its own prefix and its own table or column (architecture.md T6)."""
    token = person.session_token

    assert find_session(database, token=token, kind=SessionKind.BEARER, now=NOW) is not None
    assert find_session(database, token=token, kind=SessionKind.BROWSER, now=NOW) is None
    assert find_api_key(database, key=token, now=NOW) is None
    assert find_api_key(database, key=TokenPrefix.API_KEY + token.partition("_")[2], now=NOW) is None
