"""Clients that describe themselves and sign: documents that name keys, seen from outside (interop R13)."""

import json
from datetime import timedelta

import pytest

from doorward.audit import AuditTag
from tests.flows.documents import DocumentHost
from tests.flows.round_trips import round_trips
from tests.flows.service import BASE, Service
from tests.signing_clients import Signer, an_rsa_key, with_assertion

pytestmark = pytest.mark.anyio
HOUR = timedelta(hours=1)
BOTH = ["none", "private_key_jwt"]


@pytest.fixture
def service(service_beside_host: Service) -> Service:
    return service_beside_host


def publish_as_chatgpt(host: DocumentHost, signer: Signer) -> str:
    """The shape of ChatGPT's document, with the keys beside it."""
    publish_keys(host, signer)
    return host.publish(
        token_endpoint_auth_method="private_key_jwt",
        token_endpoint_auth_methods_supported=BOTH,
        token_endpoint_auth_signing_alg="RS256",
        jwks_uri=host.url("/jwks.json"),
    )


def publish_keys(host: DocumentHost, signer: Signer) -> None:
    host.documents["/jwks.json"] = json.dumps(signer.jwks).encode()


def signed(service: Service, signer: Signer, client_id: str) -> dict[str, str | None]:
    return with_assertion(signer.assertion(client_id, service.clock.now()))


async def test_a_document_in_the_shape_of_chatgpts_signs(service: Service, host: DocumentHost) -> None:
    """RS256, the key at jwks_uri: one fetch each, and then one round trip a request."""
    signer = Signer(an_rsa_key(), BASE)
    client_id = publish_as_chatgpt(host, signer)
    await service.signed_in()
    code = await service.code(client_id)
    first = await service.redeemed(client_id, code, **signed(service, signer, client_id))
    second = await service.refreshed(client_id, first.json().get("refresh_token"), **signed(service, signer, client_id))
    with round_trips(service.installation) as trips:
        third = await service.refreshed(
            client_id, second.json().get("refresh_token"), **signed(service, signer, client_id)
        )

    assert [200] * 3 == [answer.status_code for answer in (first, second, third)], third.text
    assert (1, 2) == (len(trips), host.fetches), trips


async def test_who_could_sign_must(service: Service, host: DocumentHost) -> None:
    """The list is for servers without signatures: a stolen code or refresh token is of no use without the key."""
    signer = Signer.new(BASE)
    client_id = publish_as_chatgpt(host, signer)
    await service.signed_in()
    code = await service.code(client_id)
    without = [await service.redeemed(client_id, code)]
    tokens = (await service.redeemed(client_id, code, **signed(service, signer, client_id))).json()
    without.append(await service.refreshed(client_id, tokens["refresh_token"]))
    thief = Signer(Signer.new(BASE).key, BASE)
    without.append(await service.refreshed(client_id, tokens["refresh_token"], **signed(service, thief, client_id)))
    right = await service.refreshed(client_id, tokens["refresh_token"], **signed(service, signer, client_id))

    assert [(401, "invalid_client")] * 3 == [(answer.status_code, answer.json()["error"]) for answer in without]
    assert ["client_auth_method_mismatch"] * 2 + ["assertion_unknown_key"] == [
        event.detail["reason"] for event in service.audit() if event.tag is AuditTag.CLIENT_AUTHENTICATION_FAILED
    ]
    assert 200 == right.status_code


async def test_who_prefers_not_to_sign_need_not(service: Service, host: DocumentHost) -> None:
    """It cannot know that the server would have liked it better."""
    signer = Signer.new(BASE)
    publish_keys(host, signer)
    client_id = host.publish(
        token_endpoint_auth_method="none",
        token_endpoint_auth_methods_supported=BOTH,
        jwks_uri=host.url("/jwks.json"),
    )
    await service.signed_in()
    code = await service.code(client_id)
    refused = await service.redeemed(client_id, code, **signed(service, signer, client_id))
    right = await service.redeemed(client_id, code)

    assert (401, 200) == (refused.status_code, right.status_code)
    assert 1 == host.fetches


async def test_keys_that_cannot_be_had_let_nobody_in(service: Service, host: DocumentHost) -> None:
    """Neither with a signature nor without, although the document offers none."""
    signer = Signer.new(BASE)
    client_id = publish_as_chatgpt(host, signer)
    del host.documents["/jwks.json"]
    await service.signed_in()
    code = await service.code(client_id)
    answers = [
        await service.redeemed(client_id, code, **signed(service, signer, client_id)),
        await service.redeemed(client_id, code),
    ]

    assert [401, 401] == [answer.status_code for answer in answers]


async def test_clients_with_the_same_keys_are_not_each_other(service: Service, host: DocumentHost) -> None:
    """ChatGPT has a document for each connector, and one key set for all of them."""
    signer = Signer.new(BASE)
    client_id = publish_as_chatgpt(host, signer)
    other = host.publish("/other.json", token_endpoint_auth_method="private_key_jwt", jwks_uri=host.url("/jwks.json"))
    await service.signed_in()
    code = await service.code(client_id)
    answer = await service.redeemed(other, code, **signed(service, signer, other))
    forged = await service.redeemed(client_id, code, **signed(service, signer, other))
    right = await service.redeemed(client_id, code, **signed(service, signer, client_id))

    assert (400, "invalid_grant") == (answer.status_code, answer.json()["error"])
    assert (401, 200) == (forged.status_code, right.status_code)


async def test_keys_in_the_document_rotate_with_it_and_the_person_is_told(service: Service, host: DocumentHost) -> None:
    """Today's document counts; the next consent page says that it is different."""
    old, new = Signer.new(BASE), Signer.new(BASE)
    client_id = host.publish(token_endpoint_auth_method="private_key_jwt", jwks=old.jwks)
    await service.signed_in()
    code = await service.code(client_id)
    tokens = (await service.redeemed(client_id, code, **signed(service, old, client_id))).json()
    unchanged = await service.consent_page(client_id)
    host.publish(token_endpoint_auth_method="private_key_jwt", jwks=new.jwks)
    service.later(2 * HOUR)
    page = await service.consent_page(client_id)
    refused = await service.refreshed(client_id, tokens["refresh_token"], **signed(service, old, client_id))
    right = await service.refreshed(client_id, tokens["refresh_token"], **signed(service, new, client_id))

    assert "has changed" not in unchanged.text
    assert "The keys with which it proves that it is the same app are different." in page.text
    assert "It proves in another way" not in page.text
    assert (401, 200) == (refused.status_code, right.status_code)


async def test_a_document_that_signs_no_more_is_told_of(service: Service, host: DocumentHost) -> None:
    """One sentence for it, and today's document counts."""
    signer = Signer.new(BASE)
    client_id = host.publish(token_endpoint_auth_method="private_key_jwt", jwks=signer.jwks)
    await service.signed_in()
    await service.code(client_id)
    host.publish()
    service.later(2 * HOUR)
    page = await service.consent_page(client_id)

    assert "It proves in another way that it is the same app." in page.text
    assert "The keys with which" not in page.text
