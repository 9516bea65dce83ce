"""Clients that sign: `private_key_jwt` at the token endpoint (RFC 7521 §4.2, RFC 7523 §2.2 and §3, OIDC Core §9)."""

import asyncio
import json
import time
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from joserfc import jwt as joserfc_jwt
from joserfc.jwk import ECKey, RSAKey
from mcp.client.auth import OAuthTokenError
from mcp.client.auth.extensions.client_credentials import PrivateKeyJWTOAuthProvider, SignedJWTParameters

from doorward.audit import AuditEvent, AuditTag
from doorward.jose.jwk import generate_key
from doorward.kit import b64
from doorward.oauth.fetching import Fetch, Fetched, FetchOutcome
from tests.flows.sdk_client import Storage
from tests.flows.service import BASE, RESOURCE, Service
from tests.flows.test_client_authentication import basic
from tests.signing_clients import Signer, an_rsa_key, sign, with_assertion

pytestmark = pytest.mark.anyio

TOKEN_ENDPOINT = f"{BASE}/api/oauth/token"
JWKS_URI = "https://app.example/jwks.json"
FETCH = "doorward.app.fetcher.OutboundFetcher.fetch"
"""The way out."""
RSA = an_rsa_key()


async def a_signing_client(service: Service, signer: Signer) -> str:
    """A client that registered its public key over HTTP."""
    client = await service.registered(token_endpoint_auth_method="private_key_jwt", jwks=signer.jwks)
    assert "client_secret" not in client
    return client["client_id"]


async def a_code(service: Service, signer: Signer) -> tuple[str, dict[str, str | None]]:
    """A client, and the form with which it redeems a code, but for what authenticates it."""
    client_id = await a_signing_client(service, signer)
    await service.signed_in()
    return client_id, await another_code(service, client_id)


async def another_code(service: Service, client_id: str) -> dict[str, str | None]:
    code = await service.code(client_id)
    return {"grant_type": "authorization_code", "code": code, "code_verifier": service.verifier}


def refusals(service: Service) -> list[AuditEvent]:
    return [event for event in service.audit() if event.tag is AuditTag.CLIENT_AUTHENTICATION_FAILED]


def outcome(answer: httpx2.Response) -> tuple[int, str | None]:
    return answer.status_code, answer.json().get("error")


def as_authlib_signs(client_id: str, key: RSAKey) -> str:
    """`aud` is the token endpoint, and `exp` one hour ahead (clients-recorded)."""
    now = int(time.time())
    claims = {"iss": client_id, "sub": client_id, "aud": TOKEN_ENDPOINT, "iat": now, "exp": now + 3600}
    return joserfc_jwt.encode({"alg": "RS256"}, {**claims, "jti": uuid.uuid4().hex}, key, algorithms=["RS256"])


async def as_the_sdk_signs(client_id: str, key: RSAKey | ECKey, algorithm: str) -> str:
    """`aud` is the issuer, there is no `kid`, and it lives for 300 seconds: by the SDK's own code."""
    parameters = SignedJWTParameters(
        issuer=client_id, subject=client_id, signing_key=key.as_pem(private=True).decode(), signing_algorithm=algorithm
    )
    return await parameters.create_assertion_provider()(BASE)


@pytest.mark.parametrize("named", [True, False], ids=["with client_id", "without"])
@pytest.mark.parametrize("manner", ["authlib", "sdk-rs256", "sdk-es256"])
async def test_clients_sign_in_their_own_manner(service: Service, manner: str, named: bool) -> None:
    """The same client redeems its code, and refreshes with a new assertion each time."""
    key = ECKey.generate_key("P-256") if manner == "sdk-es256" else RSAKey.generate_key(2048)
    jwks = {"keys": [key.as_dict(private=False)]}
    client = await service.registered(token_endpoint_auth_method="private_key_jwt", jwks=jwks)
    client_id = client["client_id"]

    async def signed() -> dict[str, str | None]:
        if manner == "authlib":
            assert isinstance(key, RSAKey)
            return with_assertion(as_authlib_signs(client_id, key))
        return with_assertion(await as_the_sdk_signs(client_id, key, manner.removeprefix("sdk-").upper()))

    await service.signed_in()
    form = await another_code(service, client_id)
    form["client_id"] = client_id if named else None
    redeemed = await service.token(**form, **await signed())
    refresh = {"grant_type": "refresh_token", "refresh_token": redeemed.json().get("refresh_token")}
    refreshed = await service.token(**refresh, **await signed())

    assert (200, 200) == (redeemed.status_code, refreshed.status_code), redeemed.text + refreshed.text
    assert [] == refusals(service)


async def test_the_sdks_own_provider_authenticates(service: Service) -> None:
    """It gets as far as its grant, which is not to be had here: the client is not in doubt."""
    key = RSAKey.generate_key(2048)
    client_id = (
        await service.registered(
            token_endpoint_auth_method="private_key_jwt", jwks={"keys": [key.as_dict(private=False)]}
        )
    )["client_id"]
    signing = SignedJWTParameters(issuer=client_id, subject=client_id, signing_key=key.as_pem(private=True).decode())
    provider = PrivateKeyJWTOAuthProvider(
        RESOURCE, Storage(), client_id, signing.create_assertion_provider(), issuer=BASE
    )

    with pytest.raises(OAuthTokenError, match="unsupported_grant_type"):
        await service.http.post("/http", json={}, auth=provider)
    assert [] == refusals(service)


async def test_a_registration_answers_with_the_keys_and_no_secret(service: Service) -> None:
    """RFC 7591 §3.2.1; the metadata says what may be signed with (RFC 8414 §2)."""
    signer = Signer.new(BASE)
    client = await service.registered(token_endpoint_auth_method="private_key_jwt", jwks=signer.jwks)
    metadata = (await service.http.get("/.well-known/oauth-authorization-server")).json()
    document: Any = client["jwks"]

    assert "private_key_jwt" == client["token_endpoint_auth_method"]
    assert client["client_id"].startswith("dwd_")
    assert [{**signer.jwk, "use": "sig", "alg": "ES256"}] == document["keys"]
    assert not {"client_secret", "client_secret_expires_at", "jwks_uri"} & set(client)
    assert "private_key_jwt" in metadata["token_endpoint_auth_methods_supported"]
    assert ["RS256", "ES256"] == metadata["token_endpoint_auth_signing_alg_values_supported"]


async def test_a_registration_without_good_keys_is_refused(service: Service) -> None:
    """RFC 7591 §2: `jwks` and `jwks_uri` MUST NOT both be present; a private key is refused in words."""
    refused: list[tuple[dict[str, object], str]] = [
        ({}, "not both"),
        ({"jwks": None}, "not both"),
        ({"jwks": {"keys": []}}, "1 to 8"),
        ({"jwks": JWKS_URI}, "JSON object"),
        ({"jwks": {"keys": [generate_key().private_jwk()]}}, "private"),
        ({"jwks": Signer.new(BASE).jwks, "jwks_uri": JWKS_URI}, "not both"),
        ({"jwks_uri": "http://app.example/jwks.json"}, "https"),
        ({"jwks_uri": "https://user@app.example/jwks.json"}, "https"),
        ({"jwks_uri": JWKS_URI + "#x"}, "fragment"),
        ({"jwks_uri": 5}, "string"),
    ]
    for members, word in refused:
        body = {"redirect_uris": [BASE], "token_endpoint_auth_method": "private_key_jwt", **members}
        answer = await service.http.post("/api/oauth/register", json=body)

        assert (400, "invalid_client_metadata") == outcome(answer)
        assert word in answer.json()["error_description"]
    assert [] == service.installation.database.read(lambda stores: stores.clients.list())


async def test_keys_of_a_client_that_does_not_sign_are_dropped(service: Service) -> None:
    """R24: clamp instead of refuse."""
    client = await service.registered(jwks={"keys": "?"}, jwks_uri="?")

    assert "none" == client["token_endpoint_auth_method"]
    assert not {"jwks", "jwks_uri"} & set(client)


async def test_an_assertion_works_once(service: Service) -> None:
    """RFC 7523 §3, OIDC Core §9: and what a replayed one asks for is left as it was."""
    signer = Signer.new(BASE)
    client_id, first = await a_code(service, signer)
    second = await another_code(service, client_id)
    assertion = with_assertion(signer.assertion(client_id, service.clock.now()))
    redeemed = await service.token(**first, **assertion)
    replays = [await service.token(**form, **assertion) for form in (second, first)]
    right = await service.token(**second, **with_assertion(signer.assertion(client_id, service.clock.now())))
    refresh = {"grant_type": "refresh_token", "refresh_token": redeemed.json()["refresh_token"]}
    replays.append(await service.token(**refresh, **assertion))
    alive = await service.token(**refresh, **with_assertion(signer.assertion(client_id, service.clock.now())))

    assert 200 == redeemed.status_code
    assert [(401, "invalid_client")] * 3 == [outcome(replay) for replay in replays]
    assert [("assertion_used_before", client_id)] * 3 == [
        (event.detail["reason"], event.client_id) for event in refusals(service)
    ]
    assert (200, 200) == (right.status_code, alive.status_code)


async def test_a_refused_request_uses_its_assertion_up_too(service: Service) -> None:
    """It has authenticated the client, and so it never does again."""
    signer = Signer.new(BASE)
    client_id = await a_signing_client(service, signer)
    refused: list[tuple[dict[str, str | None], str]] = [
        ({"grant_type": "client_credentials"}, "unsupported_grant_type"),
        ({"grant_type": "authorization_code"}, "invalid_request"),
        ({"grant_type": "authorization_code", "code": "dwc_x", "code_verifier": "v" * 43}, "invalid_grant"),
        ({"grant_type": "refresh_token", "refresh_token": "dwr_x"}, "invalid_grant"),
        ({}, "invalid_request"),
    ]
    for form, error in refused:
        assertion = with_assertion(signer.assertion(client_id, service.clock.now()))
        answers = [await service.token(**form, **assertion) for _ in range(2)]

        assert [(400, error), (401, "invalid_client")] == [outcome(answer) for answer in answers]


async def test_fifty_racers_with_one_assertion_are_one(service: Service) -> None:
    """Of the same request sent fifty times one is accepted, and the others do no harm."""
    signer = Signer.new(BASE)
    client_id, form = await a_code(service, signer)
    request = {**form, **with_assertion(signer.assertion(client_id, service.clock.now()))}
    answers = await asyncio.gather(*(service.token(**request) for _ in range(50)))
    (won,) = [answer for answer in answers if answer.status_code == 200]
    refresh = {"grant_type": "refresh_token", "refresh_token": won.json()["refresh_token"]}
    alive = await service.token(**refresh, **with_assertion(signer.assertion(client_id, service.clock.now())))

    assert 49 == [outcome(answer) for answer in answers].count((401, "invalid_client"))
    assert 200 == alive.status_code


async def test_fifty_racers_with_one_assertion_and_codes_of_their_own_are_one(service: Service) -> None:
    """Nothing but the assertion is the same, and the other codes stay good."""
    signer = Signer.new(BASE)
    client_id, first = await a_code(service, signer)
    forms = [first, *[await another_code(service, client_id) for _ in range(9)]]
    assertion = with_assertion(signer.assertion(client_id, service.clock.now()))
    answers = await asyncio.gather(*(service.token(**forms[number % 10], **assertion) for number in range(50)))
    again = [
        await service.token(**form, **with_assertion(signer.assertion(client_id, service.clock.now())))
        for form in forms
    ]

    assert [200] + [401] * 49 == sorted(answer.status_code for answer in answers)
    assert [200] * 9 + [400] == sorted(answer.status_code for answer in again)


Spoil = Callable[[Signer, str, Any], dict[str, str | None]]
WRONG: dict[str, Spoil] = {
    "assertion_signature": lambda s, c, n: with_assertion(Signer.new(BASE).assertion(c, n, header={"kid": s.key.kid})),
    "assertion_unknown_key": lambda s, c, n: with_assertion(s.assertion(c, n, header={"kid": "new"})),
    "assertion_algorithm": lambda s, c, n: with_assertion(s.assertion(c, n, header={"alg": "HS256"})),
    "assertion_embedded_key": lambda s, c, n: with_assertion(s.assertion(c, n, header={"jwk": s.jwk})),
    "assertion_critical_extension": lambda s, c, n: with_assertion(s.assertion(c, n, header={"crit": ["exp"]})),
    "assertion_type": lambda s, c, n: with_assertion(s.assertion(c, n, header={"typ": "at+jwt"})),
    "assertion_too_long": lambda s, c, n: with_assertion(s.assertion(c, n, pad="x" * 9_000)),
    "assertion_malformed": lambda s, c, n: with_assertion(s.assertion(c, n) + "="),
    "assertion_audience": lambda s, c, n: with_assertion(s.assertion(c, n, aud=[BASE, "https://other.example"])),
    "assertion_expired": lambda s, c, n: with_assertion(s.assertion(c, n, exp=int(n.timestamp()) - 1)),
    "assertion_lifetime": lambda s, c, n: with_assertion(s.assertion(c, n, exp=int(n.timestamp()) + 7_200)),
    "assertion_not_yet_valid": lambda s, c, n: with_assertion(s.assertion(c, n, iat=int(n.timestamp()) + 120)),
    "assertion_claim_exp": lambda s, c, n: with_assertion(s.assertion(c, n, exp="9999999999")),
    "assertion_claim_jti": lambda s, c, n: with_assertion(s.assertion(c, n, jti=None)),
    "assertion_claim_iss": lambda s, c, n: with_assertion(s.assertion(c, n, iss=None)),
    "assertion_claim_sub": lambda s, c, n: with_assertion(s.assertion(c, n, sub="another")),
    "assertion_type_parameter": lambda s, c, n: with_assertion(
        s.assertion(c, n), client_assertion_type="urn:ietf:params:oauth:client-assertion-type:saml2-bearer"
    ),
    "client_unknown": lambda s, c, n: with_assertion(s.assertion(c, n), client_id="dwd_another"),
}


async def test_wrong_assertions_are_refused_with_one_text_and_use_nothing_up(service: Service) -> None:
    """401 for each (RFC 6749 §5.2); why is for the audit trail alone, and the code stays good."""
    signer = Signer.new(BASE)
    client_id, form = await a_code(service, signer)
    answers = {
        reason: await service.token(**form, **spoil(signer, client_id, service.clock.now()))
        for reason, spoil in WRONG.items()
    }
    right = await service.token(**form, **with_assertion(signer.assertion(client_id, service.clock.now())))

    assert {"error": "invalid_client", "error_description": "client authentication failed"} == dict(
        item for answer in answers.values() for item in answer.json().items()
    )
    assert {401} == {answer.status_code for answer in answers.values()}
    assert all("www-authenticate" not in answer.headers for answer in answers.values())
    assert list(WRONG) == [event.detail["reason"] for event in refusals(service)]
    assert 200 == right.status_code


async def test_exactly_one_method_may_be_used(service: Service) -> None:
    """RFC 6749 §2.3; a parameter may be sent once."""
    signer = Signer.new(BASE)
    client_id, form = await a_code(service, signer)
    assertion = with_assertion(signer.assertion(client_id, service.clock.now()))
    body = httpx2.QueryParams([*((k, str(v)) for k, v in {**form, **assertion}.items()), ("client_assertion", "x")])
    answers = [
        await service.token(client_id=client_id, client_secret="dws_guess", **form, **assertion),
        await service.token(basic(client_id, "dws_guess"), **form, **assertion),
        await service.http.post(
            "/api/oauth/token",
            content=str(body),
            headers={"content-type": "application/x-www-form-urlencoded"},
        ),
    ]
    right = await service.token(**form, **assertion)

    assert [(400, "invalid_request")] * 3 == [outcome(answer) for answer in answers]
    assert 200 == right.status_code


async def test_a_client_uses_the_method_it_registered_and_no_other(service: Service) -> None:
    """Neither a weaker one nor a stronger one: what was registered is what is known of it."""
    signer = Signer.new(BASE)
    signing, form = await a_code(service, signer)
    answers = [
        await service.token(client_id=signing, **form),
        await service.token(client_id=signing, client_secret="dws_guess", **form),
        await service.token(basic(signing, "dws_guess"), **form),
        await service.token(basic(signing, ""), **form),
    ]
    for method in ("none", "client_secret_post", "client_secret_basic"):
        other = (await service.registered(token_endpoint_auth_method=method, jwks=signer.jwks))["client_id"]
        other_form = await another_code(service, other)
        answers.append(
            await service.token(**other_form, **with_assertion(signer.assertion(other, service.clock.now())))
        )

    assert [(401, "invalid_client")] * 7 == [outcome(answer) for answer in answers]
    assert {"client_auth_method_mismatch"} == {
        str(event.detail["reason"]) for event in refusals(service) if event.detail["reason"] != "client_unknown"
    }


async def test_one_client_cannot_sign_for_another(service: Service) -> None:
    """The code is the other's, and so is the name."""
    mine, theirs = Signer.new(BASE), Signer.new(BASE)
    client_id, form = await a_code(service, theirs)
    my_id = await a_signing_client(service, mine)
    now = service.clock.now()
    for_them = await service.token(**form, **with_assertion(mine.assertion(client_id, now, header={"kid": None})))
    for_me = await service.token(**form, **with_assertion(mine.assertion(my_id, now)))
    right = await service.token(**form, **with_assertion(theirs.assertion(client_id, now)))

    assert (401, "invalid_client") == outcome(for_them)
    assert (400, "invalid_grant") == outcome(for_me)
    assert 200 == right.status_code


async def test_a_blocked_client_cannot_sign_itself_in(service: Service) -> None:
    """`clients block` is honoured whatever the method (T14)."""
    from doorward.audit import RequestContext
    from doorward.operations.block_client import block_client

    signer = Signer.new(BASE)
    client_id, form = await a_code(service, signer)
    block_client(service.installation.database, subject=client_id, now=service.clock.now(), context=RequestContext())
    service.later(timedelta(seconds=6))
    answer = await service.token(**form, **with_assertion(signer.assertion(client_id, service.clock.now())))

    assert (401, "invalid_client") == outcome(answer)


class Publisher:
    """The server where a client publishes its keys, and what was asked of it."""

    def __init__(self, signer: Signer) -> None:
        self.jwks: object = signer.jwks
        self.asked: list[Fetch] = []
        self.answers = True

    def stand_in(self, service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
        """Answer everything that the service fetches from now on."""

        async def fetch(_fetcher: object, fetch: Fetch) -> Fetched:
            self.asked.append(fetch)
            outcome = FetchOutcome.FOUND if self.answers else FetchOutcome.FAILED
            return Fetched(fetch=fetch, outcome=outcome, at=service.clock.now(), body=json.dumps(self.jwks).encode())

        monkeypatch.setattr(FETCH, fetch)


async def test_keys_are_fetched_where_they_are_published_once(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The copy wins on the token path; an unknown key is asked for at most once a minute."""
    old, new, stranger = Signer.new(BASE), Signer.new(BASE), Signer.new(BASE)
    publisher = Publisher(old)
    publisher.stand_in(service, monkeypatch)
    client = await service.registered(token_endpoint_auth_method="private_key_jwt", jwks_uri=JWKS_URI)
    client_id = client["client_id"]

    async def asked_with(signer: Signer) -> tuple[int, str | None]:
        assertion = signer.assertion(client_id, service.clock.now())
        return outcome(await service.token(grant_type="client_credentials", **with_assertion(assertion)))

    accepted, refused = (400, "unsupported_grant_type"), (401, "invalid_client")
    first = [await asked_with(old) for _ in range(3)]
    fetched_at_first = len(publisher.asked)
    publisher.jwks = {"keys": [old.jwk, new.jwk]}
    too_soon = await asked_with(new)
    service.later(timedelta(minutes=1))
    rotated = [await asked_with(new), await asked_with(old), await asked_with(stranger), await asked_with(stranger)]
    fetched_at_rotation = len(publisher.asked)
    service.later(timedelta(hours=2))
    publisher.answers = False
    stale = await asked_with(new)

    assert JWKS_URI == client["jwks_uri"]
    assert [accepted] * 3 == first
    assert 1 == fetched_at_first
    assert refused == too_soon
    assert [accepted, accepted, refused, refused] == rotated
    assert 2 == fetched_at_rotation
    assert accepted == stale
    assert [False, True] == [fetch.is_known for fetch in publisher.asked]


async def test_keys_that_were_taken_out_end_within_a_day(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    """A day-old copy is renewed where that is possible, and serves on where it is not."""
    old, new = Signer.new(BASE), Signer.new(BASE)
    publisher = Publisher(old)
    publisher.stand_in(service, monkeypatch)
    client = await service.registered(token_endpoint_auth_method="private_key_jwt", jwks_uri=JWKS_URI)

    async def accepts(signer: Signer) -> bool:
        assertion = signer.assertion(client["client_id"], service.clock.now())
        answer = await service.token(grant_type="client_credentials", **with_assertion(assertion))
        return outcome(answer) == (400, "unsupported_grant_type")

    assert await accepts(old)
    publisher.jwks, publisher.answers = new.jwks, False
    service.later(timedelta(hours=25))
    assert await accepts(old)
    publisher.answers = True
    service.later(timedelta(minutes=1))
    assert not await accepts(old)
    assert await accepts(new)


async def test_a_host_that_gives_no_keys_lets_nobody_in(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    """And nobody learns why (no oracle)."""
    signer = Signer.new(BASE)
    publisher = Publisher(signer)
    publisher.stand_in(service, monkeypatch)
    publisher.answers = False
    client = await service.registered(token_endpoint_auth_method="private_key_jwt", jwks_uri=JWKS_URI)
    assertion = signer.assertion(client["client_id"], service.clock.now())
    answer = await service.token(grant_type="client_credentials", **with_assertion(assertion))

    assert (401, "invalid_client") == outcome(answer)
    assert "client authentication failed" == answer.json()["error_description"]


TEXT = st.text(max_size=60) | st.text(alphabet="eyJ._-=AZaz09{}", max_size=80)
BYTES = st.binary(max_size=60).map(b64.encode)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    assertion=TEXT
    | st.tuples(BYTES, BYTES, BYTES).map(".".join)
    | st.binary(max_size=80).map(lambda raw: sign(RSA, '{"alg":"RS256"}', raw))
    | st.binary(max_size=80).map(lambda raw: sign(RSA, raw, '{"iss":"dwd_x","sub":"dwd_x"}')),
    kind=st.sampled_from(["urn:ietf:params:oauth:client-assertion-type:jwt-bearer", "x"]),
)
async def test_no_assertion_makes_the_endpoint_fail(service: Service, assertion: str, kind: str) -> None:
    """Whatever a stranger sends is refused as OAuth JSON, never with 500."""
    answer = await service.token(grant_type="refresh_token", client_assertion=assertion, client_assertion_type=kind)

    assert outcome(answer) in {(401, "invalid_client"), (400, "invalid_request")}
