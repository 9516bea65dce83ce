"""Sign-up, sign-in, the signed-in account and sign-out over JSON."""

from datetime import timedelta

import pytest

from doorward.audit import AuditTag
from doorward.identity.login import SignInLimits
from doorward.identity.sign_up import SignUpMode
from doorward.operations.disable_user import disable_user
from doorward.operations.invite_user import invite_user
from doorward.web.api import create_api
from tests.asgi_client import AsgiClient
from tests.builders import A_PASSWORD, AN_EMAIL, HERE, NOW, audited, given_a_user
from tests.web.api.builders import given_a_web


def api_of(database, **changes: object) -> AsgiClient:
    return AsgiClient(create_api(given_a_web(database, **changes)), base_url="http://localhost:8000")


def test_a_closed_server_answers_every_sign_up_with_403(api, database):
    """`DOORWARD_SIGN_UP=closed` is the default; the answer tells nothing about the address."""
    given_a_user(database)

    answers = [
        api.post("/api/users/register", json={"email": email, "password": password})
        for email, password in [("new@example.org", A_PASSWORD), (AN_EMAIL, A_PASSWORD), ("nonsense", "weak")]
    ]

    assert [403] * 3 == [answer.status_code for answer in answers]
    assert {"sign_up_closed"} == {answer.json()["error"] for answer in answers}


def test_an_open_server_makes_an_account(database):
    """201 with id and email; an address nobody proved is not verified (OIDC Core §5.1)."""
    api = api_of(database, sign_up=SignUpMode.OPEN)

    answer = api.post("/api/users/register", json={"email": "New@Example.org", "password": A_PASSWORD})

    assert 201 == answer.status_code
    assert "New@Example.org" == answer.json()["email"]
    assert answer.json()["email_verified"] is False
    assert [answer.json()["id"]] == [event.user_id for event in audited(database, AuditTag.USER_CREATED)]


def test_the_account_just_made_can_sign_in(database):
    api = api_of(database, sign_up=SignUpMode.OPEN)
    made = api.post("/api/users/register", json={"email": AN_EMAIL, "password": A_PASSWORD}).json()

    answer = api.post("/api/users/login", json={"email": AN_EMAIL.upper(), "password": A_PASSWORD})

    assert made == answer.json()["user"]


@pytest.mark.parametrize(
    ("email", "password", "status", "error"),
    [
        (AN_EMAIL, A_PASSWORD, 409, "email_taken"),
        (f"  {AN_EMAIL.upper()} ", A_PASSWORD, 409, "email_taken"),
        ("nonsense", A_PASSWORD, 400, "invalid_request"),
        ("", A_PASSWORD, 400, "invalid_request"),
        ("a@b\x01.example", A_PASSWORD, 400, "invalid_request"),
        ("new@example.org", "short", 400, "weak_password"),
        ("new@example.org", "x" * 60_000, 400, "weak_password"),
        ("new@example.org", "", 400, "weak_password"),
    ],
)
def test_an_open_server_says_what_is_wrong_with_a_sign_up(database, email, password, status, error):
    """Where anybody may sign up, a made-up success for a taken address would be found out by the next sign-in."""
    given_a_user(database)
    api = api_of(database, sign_up=SignUpMode.OPEN)

    answer = api.post("/api/users/register", json={"email": email, "password": password})

    assert (status, error) == (answer.status_code, answer.json()["error"])


@pytest.mark.parametrize("invitation", [None, "", "dwi_unknown", "dwi_" + "x" * 43])
def test_without_an_invitation_an_inviting_server_tells_nothing_about_an_address(database, invitation):
    """The same refusal for a taken and for a free address (ASVS 6.3.8)."""
    given_a_user(database)
    api = api_of(database, sign_up=SignUpMode.INVITE)

    answers = [
        api.post("/api/users/register", json={"email": email, "password": A_PASSWORD, "invitation": invitation})
        for email in (AN_EMAIL, "new@example.org")
    ]

    assert [400, 400] == [answer.status_code for answer in answers]
    assert answers[0].content == answers[1].content
    assert "invalid_invitation" == answers[0].json()["error"]


def test_an_invitation_makes_one_account_for_its_address(database):
    """An invitation is used up by one conditional UPDATE (architecture.md principle 5)."""
    api = api_of(database, sign_up=SignUpMode.INVITE)
    invitation = invite_user(database, email="new@example.org", now=NOW, context=HERE).reveal()
    body = {"email": "new@example.org", "password": A_PASSWORD, "invitation": invitation}

    for_another = api.post("/api/users/register", json={**body, "email": "another@example.org"})
    first = api.post("/api/users/register", json=body)
    second = api.post("/api/users/register", json=body)

    assert [400, 201, 400] == [for_another.status_code, first.status_code, second.status_code]


def test_a_sign_in_answers_a_session_token(api, database):
    """The seed's dashboards send `access_token` as bearer; it is opaque and lives 15 minutes (S07, S12)."""
    user = given_a_user(database)

    answer = api.post("/api/users/login", json={"email": AN_EMAIL, "password": A_PASSWORD})

    assert 200 == answer.status_code
    assert answer.json()["access_token"].startswith("dwb_")
    assert "Bearer" == answer.json()["token_type"]
    assert 900 == answer.json()["expires_in"]
    assert user.id == answer.json()["user"]["id"]


@pytest.mark.parametrize(
    ("email", "password"),
    [
        (AN_EMAIL, "wrong"),
        (AN_EMAIL, ""),
        (AN_EMAIL, "x" * 60_000),
        ("unknown@example.org", A_PASSWORD),
        ("nonsense", A_PASSWORD),
        ("", A_PASSWORD),
        ("x" * 60_000, A_PASSWORD),
    ],
)
def test_every_failed_sign_in_has_the_same_answer(api, database, email, password):
    """Unknown accounts are not told apart from wrong passwords (ASVS 6.3.8)."""
    given_a_user(database)

    answer = api.post("/api/users/login", json={"email": email, "password": password})

    assert 401 == answer.status_code
    assert "Bearer" == answer.headers["www-authenticate"]
    assert {"error", "error_description"} == set(answer.json())
    assert "sign_in_failed" == answer.json()["error"]


def test_a_disabled_account_fails_like_an_unknown_one(api, database):
    """Disabled accounts are not told apart either (ASVS 6.3.8)."""
    given_a_user(database)
    disable_user(database, email=AN_EMAIL, now=NOW, context=HERE)

    disabled = api.post("/api/users/login", json={"email": AN_EMAIL, "password": A_PASSWORD})
    unknown = api.post("/api/users/login", json={"email": "unknown@example.org", "password": A_PASSWORD})

    assert (401, disabled.content) == (unknown.status_code, unknown.content)


@pytest.mark.parametrize("email", [AN_EMAIL, "unknown@example.org"])
def test_too_many_failed_sign_ins_are_429_with_retry_after(database, email):
    """At most 10 failures per address of e-mail, equal for unknown accounts (threats.md section 2)."""
    given_a_user(database)
    api = api_of(database, sign_in_limits=SignInLimits(attempts=3))

    statuses = [api.post("/api/users/login", json={"email": email, "password": "wrong"}).status_code for _ in range(3)]
    refused = api.post("/api/users/login", json={"email": email, "password": A_PASSWORD})

    assert [401] * 3 == statuses
    assert (429, "too_many_attempts") == (refused.status_code, refused.json()["error"])
    assert 1 <= int(refused.headers["retry-after"]) <= 900


def test_me_is_the_account_of_the_session_token(api, person):
    answer = api.get("/api/users/me", headers=person.headers)

    assert 200 == answer.status_code
    assert (person.user.id, AN_EMAIL) == (answer.json()["id"], answer.json()["email"])
    assert {"id", "email", "email_verified", "is_administrator", "created_at"} == set(answer.json())


def test_a_session_token_ends_after_its_lifetime(api, web, person):
    """Sessions end on every route at once (ASVS 7.3.2)."""
    web.clock.advance(timedelta(minutes=15))

    answer = api.get("/api/users/me", headers=person.headers)

    assert 401 == answer.status_code
    assert 'Bearer error="invalid_token"' == answer.headers["www-authenticate"]


def test_a_disabled_account_is_signed_out(api, database, person):
    """Disabling an account ends its sessions in the same transaction (architecture.md section 4)."""
    disable_user(database, email=AN_EMAIL, now=NOW, context=HERE)

    assert 401 == api.get("/api/users/me", headers=person.headers).status_code


def test_a_sign_out_ends_the_session_and_no_other(api, database, person):
    """A signed-out token is worth nothing at once (ASVS 7.4.1)."""
    again = api.post("/api/users/login", json={"email": AN_EMAIL, "password": A_PASSWORD}).json()["access_token"]

    answer = api.post("/api/users/logout", headers=person.headers)

    assert (204, b"") == (answer.status_code, answer.content)
    assert 401 == api.get("/api/users/me", headers=person.headers).status_code
    assert 401 == api.post("/api/users/logout", headers=person.headers).status_code
    assert 200 == api.get("/api/users/me", headers={"Authorization": f"Bearer {again}"}).status_code
    assert 1 == len(audited(database, AuditTag.SIGNED_OUT))
