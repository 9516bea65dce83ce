"""Clients that are stored manage themselves at the client configuration endpoint (RFC 7592)."""

import asyncio
from typing import Any

import httpx2
import pytest

from doorward.audit import AuditTag
from doorward.kit.secrets import TokenPrefix, new_token
from doorward.oauth.ports import OAuthStores
from doorward.oauth.records import ClientOrigin
from doorward.operations.block_client import block_client
from tests.builders import HERE
from tests.flows.service import BASE, REDIRECT, WEB_REDIRECT, Service
from tests.signing_clients import Signer, with_assertion

pytestmark = pytest.mark.anyio

BARE, REFUSED = 'Bearer realm="doorward"', 'Bearer realm="doorward", error="invalid_token"'
KINDS_OF_OTHERS = [kind for kind in TokenPrefix if kind is not TokenPrefix.REGISTRATION_ACCESS_TOKEN]


async def registered(service: Service, **members: object) -> dict[str, Any]:
    return dict(await service.registered(token_endpoint_auth_method="client_secret_post", **members))


def path_of(client: dict[str, Any]) -> str:
    return client["registration_client_uri"].removeprefix(BASE)


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


async def call(service: Service, method: str, client: dict[str, Any], **changes: Any) -> httpx2.Response:  # noqa: ANN401
    headers = bearer(changes.pop("token", client["registration_access_token"]))
    return await service.http.request(method, changes.pop("path", path_of(client)), headers=headers, **changes)


def an_update(client: dict[str, Any], **changes: object) -> dict[str, object]:
    """The metadata as it was returned, without what must not be sent."""
    kept = ("client_id", "client_name", "redirect_uris", "grant_types", "token_endpoint_auth_method", "scope")
    return {**{name: client[name] for name in kept}, **changes}


async def test_a_registration_says_where_it_is_managed_and_with_what(service: Service) -> None:
    """RFC 7592 §3: both members, the token hashed at rest."""
    client = await registered(service)
    stored = service.installation.database.read(lambda stores: stores.clients.find(client["client_id"]))

    assert f"{BASE}/api/oauth/register/{client['client_id']}" == client["registration_client_uri"]
    assert client["registration_access_token"].startswith("dwg_")
    assert client["registration_access_token"] not in str(stored)
    assert "dwg_" not in str(service.audit())


async def test_a_public_client_describes_itself_and_has_nothing_to_manage(service: Service) -> None:
    """Neither member: a server returns both or none (decision 0028)."""
    client = await service.registered()

    assert not {"registration_client_uri", "registration_access_token"} & set(client)


async def test_reading_returns_what_is_registered_and_no_secret(service: Service) -> None:
    """RFC 7592 §2.1: 200, never cached; the secret is kept as a hash, so it cannot be in the answer."""
    client = await registered(service)
    answer = await call(service, "GET", client)
    without_secret = {n: v for n, v in client.items() if n not in ("client_secret", "client_secret_expires_at")}

    assert (200, "no-store") == (answer.status_code, answer.headers["cache-control"])
    assert without_secret == answer.json()


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
async def test_whoever_has_not_the_token_learns_nothing(service: Service, method: str) -> None:
    """RFC 7592 §2: 401; a missing client, a missing and a wrong token are one answer (no oracle)."""
    client, other = await registered(service), await registered(service)
    unknown = path_of(client)[:-1] + ("a" if path_of(client)[-1] != "a" else "b")
    made_up = new_token(TokenPrefix.REGISTRATION_ACCESS_TOKEN).reveal()
    answers = {
        "wrong token": await call(service, method, client, token=made_up),
        "another's token": await call(service, method, client, token=other["registration_access_token"]),
        "unknown client": await call(service, method, client, path=unknown),
        "unknown client, made-up token": await call(service, method, client, path=unknown, token=made_up),
        "another path": await call(service, method, client, path=path_of(client) + "/"),
        "truncated": await call(service, method, client, token=client["registration_access_token"][:-1]),
    }
    bodies = {answer.text for answer in answers.values()}

    assert dict.fromkeys(answers, 401) == {kind: answer.status_code for kind, answer in answers.items()}
    assert {REFUSED} == {answer.headers["www-authenticate"] for answer in answers.values()}
    assert 1 == len(bodies)
    assert '"error":"invalid_token"' in bodies.pop()
    assert 200 == (await call(service, "GET", client)).status_code


async def test_without_a_bearer_token_the_challenge_names_no_error(service: Service) -> None:
    """RFC 6750 §3.1."""
    client = await registered(service)
    for headers in ({}, *({"Authorization": value} for value in ("", "Bearer", "Basic eDp5", "dwg_token"))):
        answer = await service.http.get(path_of(client), headers=headers)
        assert (401, BARE) == (answer.status_code, answer.headers["www-authenticate"])


async def test_a_credential_of_another_kind_manages_nothing(service: Service) -> None:
    """Each kind has its own prefix; the client's secret is no registration access token either (T6)."""
    client = await registered(service)
    random_part = client["registration_access_token"].removeprefix("dwg_")
    tokens = [client["client_secret"], client["client_id"], *(kind + random_part for kind in KINDS_OF_OTHERS)]
    statuses = {token: (await call(service, "GET", client, token=token)).status_code for token in tokens}
    twice = await service.http.get(
        path_of(client), headers=[("authorization", bearer(client["registration_access_token"])["Authorization"])] * 2
    )

    assert dict.fromkeys(tokens, 401) == statuses
    assert 401 == twice.status_code
    assert (
        401
        == (await service.http.get("/api/users/me", headers=bearer(client["registration_access_token"]))).status_code
    )


async def test_an_update_replaces_everything_that_a_registration_sets(service: Service) -> None:
    """RFC 7592 §2.2: what is left out is forgotten; the answer is what is registered now."""
    client = await registered(service, client_uri="https://client.example", application_type="web")
    changed = await call(
        service, "PUT", client, json=an_update(client, redirect_uris=[WEB_REDIRECT, "javascript:x"], client_name="New")
    )
    after = changed.json()

    assert 200 == changed.status_code
    assert ([WEB_REDIRECT], "New", client["client_id"]) == (
        after["redirect_uris"],
        after["client_name"],
        after["client_id"],
    )
    assert not {"client_uri", "application_type", "client_secret"} & set(after)
    assert client["registration_access_token"] == after["registration_access_token"]
    assert after == (await call(service, "GET", client)).json()
    assert [client["client_id"]] == [e.client_id for e in service.audit() if e.tag is AuditTag.CLIENT_UPDATED]


async def test_an_update_counts_at_once_in_this_process(service: Service) -> None:
    """What was cached of the client is dropped."""
    client = await registered(service)
    await service.signed_in()
    assert 200 == (await service.consent_page(client["client_id"])).status_code
    await call(service, "PUT", client, json=an_update(client, redirect_uris=[WEB_REDIRECT]))

    assert 400 == (await service.consent_page(client["client_id"])).status_code
    assert 200 == (await service.consent_page(client["client_id"], redirect_uri=WEB_REDIRECT)).status_code


async def test_an_update_changes_nothing_that_only_operators_set(service: Service) -> None:
    """Unknown members are dropped, as in a registration."""
    client = await registered(service)
    bold = {"trusted": True, "origin": "operator", "owner_id": "somebody", "client_secret_hashes": [], "shared_at": 1}
    answer = await call(service, "PUT", client, json=an_update(client, **bold))
    stored = service.installation.database.read(lambda stores: stores.clients.find(client["client_id"]))

    assert 200 == answer.status_code
    assert stored is not None
    assert (False, ClientOrigin.DYNAMIC, None, None) == (
        stored.trusted,
        stored.origin,
        stored.owner_id,
        stored.shared_at,
    )
    assert 1 == len(stored.client_secret_hashes)


async def test_a_client_that_signs_changes_its_keys_and_never_loses_them(service: Service) -> None:
    """RFC 7592 §2.2: the keys that were left out are gone, and there is no way back to none at all."""
    old, new = Signer.new(BASE), Signer.new(BASE)
    client = dict(await service.registered(token_endpoint_auth_method="private_key_jwt", jwks=old.jwks))

    async def accepts(signer: Signer) -> bool:
        assertion = with_assertion(signer.assertion(client["client_id"], service.clock.now()))
        return (await service.token(grant_type="client_credentials", **assertion)).status_code == 400

    wrong = [
        await call(service, "PUT", client, json=an_update(client, **changes))
        for changes in (
            {},
            {"jwks": {"keys": []}},
            {"jwks": {"keys": [old.key.private_jwk()]}},
            {"jwks": new.jwks, "jwks_uri": "https://client.example/jwks.json"},
            {"token_endpoint_auth_method": "none"},
            {"token_endpoint_auth_method": "client_secret_post"},
        )
    ]
    assert [(400, "invalid_client_metadata")] * 6 == [(a.status_code, a.json()["error"]) for a in wrong]
    assert await accepts(old)
    changed = await call(service, "PUT", client, json=an_update(client, jwks=new.jwks))
    kept = [{**new.jwk, "use": "sig", "alg": "ES256"}]

    assert (200, kept) == (changed.status_code, changed.json()["jwks"]["keys"]), changed.text
    assert changed.json() == (await call(service, "GET", client)).json()
    assert (False, True) == (await accepts(old), await accepts(new))
    elsewhere = await call(service, "PUT", client, json=an_update(client, jwks_uri="https://client.example/jwks.json"))
    assert ("https://client.example/jwks.json", False) == (elsewhere.json()["jwks_uri"], "jwks" in elsewhere.json())


async def test_a_client_with_a_secret_never_trades_it_for_keys(service: Service) -> None:
    """Whoever holds the registration access token for a moment would otherwise keep the client."""
    client = await registered(service)
    body = an_update(client, token_endpoint_auth_method="private_key_jwt", jwks=Signer.new(BASE).jwks)
    answer = await call(service, "PUT", client, json=body)

    assert (400, "invalid_client_metadata") == (answer.status_code, answer.json()["error"])


WRONG_UPDATES: list[tuple[dict[str, object], str]] = [
    ({"client_id": "dwd_other"}, "invalid_request"),
    ({"client_id": None}, "invalid_request"),
    ({"client_secret": "a secret of my own"}, "invalid_request"),
    ({"client_secret": 7}, "invalid_request"),
    ({"registration_access_token": "x"}, "invalid_request"),
    ({"registration_client_uri": "x"}, "invalid_request"),
    ({"client_secret_expires_at": 0}, "invalid_request"),
    ({"client_id_issued_at": 0}, "invalid_request"),
    ({"token_endpoint_auth_method": "none"}, "invalid_client_metadata"),
    ({"token_endpoint_auth_method": "magic"}, "invalid_client_metadata"),
    ({"client_name": 7}, "invalid_client_metadata"),
    ({"redirect_uris": []}, "invalid_redirect_uri"),
    ({"redirect_uris": ["http://client.example/cb"]}, "invalid_redirect_uri"),
    ({"redirect_uris": None}, "invalid_redirect_uri"),
]


async def test_an_update_that_is_wrong_changes_nothing(service: Service) -> None:
    """RFC 7592 §2.2; a confidential client never becomes a public one."""
    client = await registered(service)
    before = (await call(service, "GET", client)).json()
    answers = [await call(service, "PUT", client, json=an_update(client, **changes)) for changes, _ in WRONG_UPDATES]

    assert [(400, error) for _, error in WRONG_UPDATES] == [(a.status_code, a.json()["error"]) for a in answers]
    assert before == (await call(service, "GET", client)).json()


async def test_a_body_that_is_no_object_is_refused(service: Service) -> None:
    client = await registered(service)
    for body in (b"", b"[]", b"null", b"{", b'{"a":1,"a":2}', b"\xff"):
        answer = await call(service, "PUT", client, content=body)
        assert (400, "invalid_client_metadata") == (answer.status_code, answer.json()["error"])


async def test_the_secret_that_was_issued_may_be_sent_back(service: Service) -> None:
    """RFC 7592 §2.2; the other way to present it may be chosen, too."""
    client = await registered(service)
    changes = {"client_secret": client["client_secret"], "token_endpoint_auth_method": "client_secret_basic"}
    answer = await call(service, "PUT", client, json=an_update(client, **changes))

    assert (200, "client_secret_basic") == (answer.status_code, answer.json()["token_endpoint_auth_method"])


async def test_a_method_that_is_left_out_stays(service: Service) -> None:
    """Nothing turns a confidential client into a public one by omission."""
    client = await registered(service)
    update = an_update(client)
    del update["token_endpoint_auth_method"]

    assert (
        "client_secret_post" == (await call(service, "PUT", client, json=update)).json()["token_endpoint_auth_method"]
    )


async def test_deleting_ends_the_client_and_all_it_holds(service: Service) -> None:
    """RFC 7592 §2.3: 204; its Authorizations, its token and its secret are worth nothing any more."""
    client = await registered(service)
    await service.signed_in()
    secret = {"client_secret": client["client_secret"]}
    tokens = (await service.redeemed(client["client_id"], await service.code(client["client_id"]), **secret)).json()
    answer = await call(service, "DELETE", client)
    again = await call(service, "DELETE", client)
    refreshed = await service.refreshed(client["client_id"], tokens["refresh_token"], **secret)

    assert (204, b"") == (answer.status_code, answer.content)
    assert (401, REFUSED) == (again.status_code, again.headers["www-authenticate"])
    assert 401 == (await call(service, "GET", client)).status_code
    assert (401, "invalid_client") == (refreshed.status_code, refreshed.json()["error"])
    (event,) = [event for event in service.audit() if event.tag is AuditTag.CLIENT_DELETED]
    assert {"by": "client", "authorizations": 1} == event.detail


async def test_a_blocked_client_manages_nothing(service: Service) -> None:
    """RFC 7592 §2.1: 403; otherwise it could leave the blocked host by an update."""
    client = await registered(service, redirect_uris=["https://evil.example/cb"])
    now = service.clock.now()
    block_client(service.installation.database, subject="evil.example", now=now, context=HERE)
    statuses = [
        (await call(service, method, client, json=an_update(client))).status_code for method in ("GET", "PUT", "DELETE")
    ]

    assert [403, 403, 403] == statuses
    assert "access_denied" == (await call(service, "GET", client)).json()["error"]


async def test_an_update_races_with_a_deletion(service: Service) -> None:
    """Whoever is second finds no client; nothing comes back to life."""
    client = await registered(service)
    answers = await asyncio.gather(
        *(call(service, "PUT", client, json=an_update(client, client_name=f"{n}")) for n in range(8)),
        call(service, "DELETE", client),
    )

    assert 204 == answers[-1].status_code
    assert {answer.status_code for answer in answers[:-1]} <= {200, 401}
    assert 0 == service.installation.database.read(lambda stores: len(stores.clients.list()))


async def test_racing_updates_are_each_whole(service: Service) -> None:
    """One statement each: the last one wins with all its members."""
    client = await registered(service)
    answers = await asyncio.gather(
        *(
            call(
                service,
                "PUT",
                client,
                json=an_update(client, client_name=f"n{n}", redirect_uris=[f"https://n{n}.example/cb"]),
            )
            for n in range(8)
        )
    )
    after = (await call(service, "GET", client)).json()

    assert {200} == {answer.status_code for answer in answers}
    assert after in [answer.json() for answer in answers]
    assert [f"https://{after['client_name']}.example/cb"] == after["redirect_uris"]


async def test_other_methods_are_named(service: Service) -> None:
    """RFC 9110 §15.5.6."""
    client = await registered(service)
    for method in ("POST", "PATCH", "HEAD"):
        answer = await call(service, method, client)
        assert (405, "GET, PUT, DELETE, OPTIONS") == (answer.status_code, answer.headers["allow"])


async def test_a_client_in_a_browser_may_call_it(service: Service) -> None:
    """Interop R20: the preflight names PUT and DELETE."""
    client = await registered(service)
    answer = await service.http.options(path_of(client))

    assert 204 == answer.status_code
    assert {"GET", "PUT", "DELETE"} <= set(answer.headers["access-control-allow-methods"].split(", "))


async def test_refusals_are_audited_without_the_token(service: Service) -> None:
    client = await registered(service)
    made_up = new_token(TokenPrefix.REGISTRATION_ACCESS_TOKEN).reveal()
    await call(service, "GET", client, token=made_up)
    (event,) = [event for event in service.audit() if event.tag is AuditTag.REGISTRATION_REFUSED]

    assert ("token_unknown", client["client_id"]) == (event.detail["reason"], event.client_id)
    assert made_up not in str(event)


async def test_a_client_that_nobody_connected_is_forgotten_with_its_token(service: Service) -> None:
    """The token hangs from the row."""
    client = await registered(service)

    def evict(stores: OAuthStores) -> int:
        return stores.clients.evict_never_used(keep=0, older_than=service.clock.now(), limit=10)

    assert 1 == service.installation.database.write(evict)
    assert 401 == (await call(service, "GET", client)).status_code


async def test_hostile_addresses_name_no_client(service: Service) -> None:
    client = await registered(service)
    paths = ["%00", "%ff", "..%2f..", "a" * 5_000, "dwp_x", "%F0%9F%9A%80", "'; DROP TABLE oauth_clients; --"]
    statuses = [(await call(service, "GET", client, path=f"/api/oauth/register/{path}")).status_code for path in paths]

    assert [401] * len(paths) == statuses
    assert REDIRECT in (await call(service, "GET", client)).text


async def test_a_code_on_its_way_to_a_removed_address_is_void(service: Service) -> None:
    """What was issued to an address that stays is redeemed as before."""
    client = await registered(service, redirect_uris=[REDIRECT, WEB_REDIRECT])
    await service.signed_in()
    codes = {uri: await service.code(client["client_id"], redirect_uri=uri) for uri in (REDIRECT, WEB_REDIRECT)}
    changed = await call(service, "PUT", client, json=an_update(client, redirect_uris=[REDIRECT]))
    secret = {"client_secret": client["client_secret"]}
    answers = {
        uri: await service.redeemed(client["client_id"], code, redirect_uri=uri, **secret)
        for uri, code in codes.items()
    }

    assert 200 == changed.status_code
    assert {REDIRECT: 200, WEB_REDIRECT: 400} == {uri: answer.status_code for uri, answer in answers.items()}
    assert "invalid_grant" == answers[WEB_REDIRECT].json()["error"]
