"""Introspection, opaque access tokens, and who learns nothing about which token (RFC 7662)."""

import asyncio
import base64
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlencode

import httpx2
import pytest

from doorward.app import Installation, open_installation
from doorward.app.resources import open_catalogue
from doorward.audit import AuditTag, RequestContext
from doorward.oauth.resource_catalogue import ResourceCatalogue
from doorward.operations.add_resource_server import add_resource_server
from doorward.operations.create_client import create_client
from doorward.operations.create_resource import create_resource
from doorward.operations.delete_client import delete_client
from doorward.operations.disable_user import disable_user
from doorward.operations.resource_changes import ResourceRefused
from doorward.settings import addresses
from tests.builders import given_a_client_and_secret
from tests.flows.round_trips import round_trips
from tests.flows.service import BASE, EMAIL, FORM, PASSWORD, RESOURCE, Service, StoppedClock, running, settings_for
from tests.signing_clients import Signer, with_assertion

pytestmark = pytest.mark.anyio

FILES, NOTES = "https://files.example.com/mcp", "https://notes.example.com/mcp"
INACTIVE = {"active": False}
MEMBERS = {"active", "token_type", "scope", "aud", "client_id", "iss", "exp", "iat", "sub", "auth_time", "jti"}


@dataclass
class Elsewhere:
    """A server, two MCP servers elsewhere, and the credentials of their resource servers."""

    service: Service
    client_id: str
    files: tuple[str, str]
    notes: tuple[str, str]

    async def ask(self, who: tuple[str, str] | None, token: str, **fields: str) -> httpx2.Response:
        headers = {**FORM, **({"authorization": basic(*who)} if who is not None else {})}
        content = urlencode({"token": token, **fields})
        return await self.service.http.post("/api/oauth/introspect", content=content, headers=headers)

    async def tokens(self, resource: str, **changes: str | None) -> dict[str, str]:
        code = await self.service.code(self.client_id, resource=resource, **changes)
        answer = await self.service.redeemed(self.client_id, code)
        assert 200 == answer.status_code, answer.text
        return answer.json()


def basic(client_id: str, secret: str) -> str:
    return "Basic " + base64.b64encode(f"{client_id}:{secret}".encode()).decode()


def given_a_resource(installation: Installation, identifier: str, **members: object) -> tuple[str, str]:
    """A resource elsewhere, and its resource server."""
    now = installation.clock.now()
    resource = create_resource(
        installation.database,
        catalogue_of(installation).rules,
        definition={"identifier": identifier, "name": "Elsewhere", **members},
        is_default=False,
        now=now,
        context=RequestContext(),
    )
    client_id, secret = add_resource_server(
        installation.database, resource=resource, client_id=None, now=now, context=RequestContext()
    )
    assert secret is not None
    return client_id, secret.reveal()


def catalogue_of(installation: Installation) -> ResourceCatalogue:
    where = addresses(installation.settings, host="localhost", port=8000)
    return open_catalogue(installation.settings, where, installation.database)


@pytest.fixture
async def elsewhere(tmp_path: Path, database_url: str) -> AsyncIterator[Elsewhere]:
    """A server with two resources on other hosts: one with opaque tokens, one with JWTs."""
    settings = settings_for(tmp_path, database_url, secret_key="k" * 40)
    with open_installation(settings) as installation:
        files = given_a_resource(installation, FILES, token_format="opaque", access_token_lifetime="10m")
        notes = given_a_resource(installation, NOTES)
    async with running(settings, clock=StoppedClock()) as service:
        await service.signed_in()
        yield Elsewhere(service, (await service.registered())["client_id"], files, notes)


async def test_a_token_of_either_format_introspects(elsewhere: Elsewhere) -> None:
    """§2.2: what the resource server needs, and nothing about the person but their id."""
    for resource, who, prefix, lifetime in (
        (FILES, elsewhere.files, "dwt_", 600),
        (NOTES, elsewhere.notes, "eyJ", 3600),
    ):
        tokens = await elsewhere.tokens(resource)
        answer = await elsewhere.ask(who, tokens["access_token"], token_type_hint="refresh_token")
        said = answer.json()

        assert tokens["access_token"].startswith(prefix)
        assert lifetime == tokens["expires_in"]
        assert 200 == answer.status_code
        assert "no-store" == answer.headers["cache-control"]
        assert (True, "Bearer", "mcp", resource) == (said["active"], said["token_type"], said["scope"], said["aud"])
        assert (elsewhere.client_id, "http://localhost:8000") == (said["client_id"], said["iss"])
        assert lifetime <= said["exp"] - said["iat"] <= lifetime + 30
        assert MEMBERS == set(said)


async def test_an_opaque_token_tells_nobody_anything(elsewhere: Elsewhere) -> None:
    """It is sealed: neither the person nor the client can be read from it, and two are never alike."""
    tokens = [await elsewhere.tokens(FILES) for _ in range(2)]
    sealed = [base64.urlsafe_b64decode(t["access_token"][4:] + "==") for t in tokens]

    assert sealed[0] != sealed[1]
    for clear in (b"mcp", FILES.encode(), elsewhere.client_id.encode(), b"http"):
        assert clear not in sealed[0]


async def test_nobody_learns_about_tokens_that_are_not_theirs(elsewhere: Elsewhere) -> None:
    """§4, the confusion matrix: another resource's token, another kind of credential, forgeries, rubbish."""
    service = elsewhere.service
    of_files, of_notes = await elsewhere.tokens(FILES), await elsewhere.tokens(NOTES)
    of_us = await elsewhere.tokens(RESOURCE)
    login = (await service.http.post("/api/users/login", json={"email": EMAIL, "password": PASSWORD})).json()
    code = await service.code(elsewhere.client_id, resource=FILES)
    opaque = of_files["access_token"]
    strangers = {
        "the other's": of_notes["access_token"],
        "the built-in server's": of_us["access_token"],
        "refresh token": of_files["refresh_token"],
        "code": code,
        "session": login["access_token"],
        "cookie": service.browser.cookies["doorward"],
        "client id": elsewhere.client_id,
        "secret": elsewhere.files[1],
        "prefix alone": "dwt_",
        "cut": opaque[:-2],
        "turned": opaque[:-1] + ("A" if opaque[-1] != "A" else "B"),
        "padded": opaque + "=",
        "renamed": opaque.replace("dwt_", "dwr_"),
        "resealed": "dwt_" + of_files["refresh_token"][4:],
        "rubbish": "\x7f é \ud800".encode("utf-8", "ignore").decode(),
        "long": "x" * 60_000,
    }
    answers = {name: (await elsewhere.ask(elsewhere.files, token)).json() for name, token in strangers.items()}
    reverse = await elsewhere.ask(elsewhere.notes, opaque)

    assert dict.fromkeys(strangers, INACTIVE) == answers
    assert INACTIVE == reverse.json()


async def test_tokens_of_other_resources_open_nothing_here(elsewhere: Elsewhere) -> None:
    """RFC 8707 §2: an opaque token of one resource is refused at another, as a JWT is."""
    service = elsewhere.service
    for resource in (FILES, NOTES):
        tokens = await elsewhere.tokens(resource)
        for credential in (tokens["access_token"], tokens["refresh_token"]):
            answer = await service.http.post("/http", json={}, headers={"authorization": f"Bearer {credential}"})

            assert 401 == answer.status_code


async def test_only_resource_servers_that_prove_who_they_are_may_ask(elsewhere: Elsewhere) -> None:
    """§2.1: no anonymous, no public client, no wrong secret, and other confidential clients learn nothing."""
    service = elsewhere.service
    token = (await elsewhere.tokens(FILES))["access_token"]
    confidential = await service.registered(token_endpoint_auth_method="client_secret_basic")
    refused = [
        await elsewhere.ask(None, token),
        await elsewhere.ask(None, token, client_id=elsewhere.client_id),
        await elsewhere.ask((elsewhere.files[0], "wrong"), token),
        await elsewhere.ask(("nobody", "wrong"), token),
    ]
    stranger = await elsewhere.ask((confidential["client_id"], confidential["client_secret"]), token)
    nameless = await elsewhere.ask(elsewhere.files, "")

    assert [401] * 4 == [answer.status_code for answer in refused]
    assert {"invalid_client"} == {answer.json()["error"] for answer in refused}
    assert refused[2].headers["www-authenticate"].startswith("Basic")
    assert INACTIVE == stranger.json()
    assert (400, "invalid_request") == (nameless.status_code, nameless.json()["error"])
    assert AuditTag.CLIENT_AUTHENTICATION_FAILED in [event.tag for event in service.audit()]


async def test_the_request_is_a_form_and_nothing_else(elsewhere: Elsewhere) -> None:
    """§2.1, §4: POST, urlencoded, each parameter once; a token in the address is not looked at."""
    service, token = elsewhere.service, (await elsewhere.tokens(FILES))["access_token"]
    authorized = {"authorization": basic(*elsewhere.files)}
    asked = [
        await service.http.get(f"/api/oauth/introspect?token={token}", headers=authorized),
        await service.http.post("/api/oauth/introspect", json={"token": token}, headers=authorized),
        await service.http.post(f"/api/oauth/introspect?token={token}", content="", headers={**FORM, **authorized}),
        await service.http.post(
            "/api/oauth/introspect", content=f"token={token}&token={token}", headers={**FORM, **authorized}
        ),
    ]

    assert [405, 400, 400, 400] == [answer.status_code for answer in asked]


END = Callable[[Elsewhere], object]


def revoke_all(elsewhere: Elsewhere) -> None:
    now = elsewhere.service.clock.now()
    elsewhere.service.installation.database.write(
        lambda stores: stores.authorizations.revoke_of_client(elsewhere.client_id, at=now, reason="test")
    )


def disable(elsewhere: Elsewhere) -> None:
    database, now = elsewhere.service.installation.database, elsewhere.service.clock.now()
    disable_user(database, email=EMAIL, now=now, context=RequestContext())


def wait(elsewhere: Elsewhere) -> None:
    elsewhere.service.later(timedelta(hours=1, seconds=31))


@pytest.mark.parametrize("end", [revoke_all, disable, wait])
async def test_what_has_ended_is_inactive_at_once(elsewhere: Elsewhere, end: END) -> None:
    """No cache stands between a revocation and the answer."""
    both = ((FILES, elsewhere.files), (NOTES, elsewhere.notes))
    tokens = [(who, (await elsewhere.tokens(resource))["access_token"]) for resource, who in both]
    before = [(await elsewhere.ask(who, token)).json() for who, token in tokens]
    end(elsewhere)
    after = [(await elsewhere.ask(who, token)).json() for who, token in tokens]

    assert all(answer["active"] for answer in before)
    assert [INACTIVE, INACTIVE] == after


async def test_a_resource_server_that_was_deleted_is_nobody(elsewhere: Elsewhere) -> None:
    token = (await elsewhere.tokens(FILES))["access_token"]
    service = elsewhere.service
    delete_client(
        service.installation.database,
        client_id=elsewhere.files[0],
        now=service.clock.now(),
        context=RequestContext(),
    )
    service.later(timedelta(seconds=6))

    assert 401 == (await elsewhere.ask(elsewhere.files, token)).status_code


async def test_a_client_that_is_not_an_operators_and_confidential_cannot_become_one(elsewhere: Elsewhere) -> None:
    service = elsewhere.service
    public = service.operators_client().client_id
    dynamic = (await service.registered(token_endpoint_auth_method="client_secret_basic"))["client_id"]
    trusted, _ = given_a_client_and_secret(service.installation.database)
    resource = catalogue_of(service.installation)[0]

    def add(client_id: str) -> None:
        add_resource_server(
            service.installation.database,
            resource=resource,
            client_id=client_id,
            now=service.clock.now(),
            context=RequestContext(),
        )

    add(trusted.client_id)
    for client_id in (public, dynamic, "dwd_nobody", trusted.client_id):
        with pytest.raises(ResourceRefused):
            add(client_id)


async def test_an_introspection_is_one_round_trip(elsewhere: Elsewhere) -> None:
    """The budget; a token that is none costs nothing at all."""
    service = elsewhere.service
    for resource, who in ((FILES, elsewhere.files), (NOTES, elsewhere.notes)):
        token = (await elsewhere.tokens(resource))["access_token"]
        await elsewhere.ask(who, token)
        with round_trips(service.installation) as trips:
            answer = await elsewhere.ask(who, token)
        with round_trips(service.installation) as for_nothing:
            await elsewhere.ask(who, token[:-1])

        assert answer.json()["active"]
        assert 1 == len(trips), trips
        assert [] == for_nothing


async def test_an_api_key_introspects_at_its_own_resource(elsewhere: Elsewhere) -> None:
    service = elsewhere.service
    login = (await service.http.post("/api/users/login", json={"email": EMAIL, "password": PASSWORD})).json()
    session = {"authorization": f"Bearer {login['access_token']}"}
    made = await service.http.post("/api/users/mcp-keys", json={"name": "a", "resource": FILES}, headers=session)
    key = made.json()["key"]
    theirs, others = await elsewhere.ask(elsewhere.files, key), await elsewhere.ask(elsewhere.notes, key)
    await service.http.delete(f"/api/users/mcp-keys/{made.json()['id']}", headers=session)
    after = await elsewhere.ask(elsewhere.files, key)

    assert (True, FILES, "mcp") == tuple(theirs.json()[name] for name in ("active", "aud", "scope"))
    assert "client_id" not in theirs.json()
    assert INACTIVE == others.json() == after.json()


async def test_the_metadata_names_the_endpoint(elsewhere: Elsewhere) -> None:
    """RFC 8414 §2; what authenticates nobody is not offered."""
    metadata = (await elsewhere.service.http.get("/.well-known/oauth-authorization-server")).json()

    assert "http://localhost:8000/api/oauth/introspect" == metadata["introspection_endpoint"]
    assert "none" not in metadata["introspection_endpoint_auth_methods_supported"]
    assert {RESOURCE, FILES, NOTES} == set(metadata["protected_resources"])


async def test_a_resource_server_may_sign_and_each_assertion_works_once(elsewhere: Elsewhere) -> None:
    """§2.1, RFC 7523 §2.2: and a client that is none learns nothing with its signature, as often as it is let."""
    service, signers = elsewhere.service, [Signer.new(BASE) for _ in range(2)]
    installation = service.installation
    ids = [operators_client(installation, jwks=signer.jwks) for signer in signers]
    catalogue = catalogue_of(installation)
    catalogue.reload(service.clock.now())
    resource = next(known for known in catalogue if known.identifier == NOTES)
    add_resource_server(
        installation.database, resource=resource, client_id=ids[0], now=service.clock.now(), context=RequestContext()
    )
    token = (await elsewhere.tokens(NOTES))["access_token"]

    async def asked(assertion: dict[str, str]) -> tuple[int, object]:
        answer = await elsewhere.ask(None, token, **assertion)
        return answer.status_code, answer.json().get("active", answer.json().get("error"))

    def signed(number: int) -> dict[str, str]:
        fields = with_assertion(signers[number].assertion(ids[number], service.clock.now()))
        return {name: value for name, value in fields.items() if value is not None}

    for _ in range(100):  # the server reads who may ask every few seconds
        if await asked(signed(0)) == (200, True):
            break
        await asyncio.sleep(0.1)
    answers: list[tuple[int, object]] = []
    for assertion in (signed(0), signed(1)):
        answers += [await asked(assertion), await asked(assertion)]

    assert [(200, True), (401, "invalid_client"), (200, False), (401, "invalid_client")] == answers
    assert [("assertion_used_before", client_id) for client_id in ids] == [
        (event.detail["reason"], event.client_id)
        for event in service.audit()
        if event.tag is AuditTag.CLIENT_AUTHENTICATION_FAILED
    ]


def operators_client(installation: Installation, *, jwks: object) -> str:
    client, _ = create_client(
        installation.database,
        name=None,
        redirect_uris=["https://app.example/callback"],
        grant_types=["authorization_code"],
        auth_method="private_key_jwt",
        trusted=False,
        scope=None,
        jwks=jwks,
        now=installation.clock.now(),
        context=RequestContext(),
    )
    return client.client_id
