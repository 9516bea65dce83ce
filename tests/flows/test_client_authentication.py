"""Client authentication at the token endpoint (RFC 6749 §2.3, §5.2)."""

import base64
from urllib.parse import quote_plus

import pytest

from tests.flows.service import Service

pytestmark = pytest.mark.anyio


def basic(client_id: str, secret: str, *, encode: bool = True) -> dict[str, str]:
    quote = quote_plus if encode else str
    pair = f"{quote(client_id)}:{quote(secret)}"
    return {"authorization": "Basic " + base64.b64encode(pair.encode()).decode()}


async def a_code(service: Service, method: str) -> tuple[dict[str, str], dict[str, str | None]]:
    client = await service.registered(token_endpoint_auth_method=method)
    await service.signed_in()
    code = await service.code(client["client_id"])
    return client, {"grant_type": "authorization_code", "code": code, "code_verifier": service.verifier}


@pytest.mark.parametrize("encode", [True, False])
@pytest.mark.parametrize("with_client_id", [True, False])
async def test_basic_with_and_without_percent_encoding_and_client_id(
    service: Service, encode: bool, with_client_id: bool
) -> None:
    """The Python SDK encodes and repeats the client_id, the TypeScript SDK does neither (clients-recorded)."""
    client, fields = await a_code(service, "client_secret_basic")
    if with_client_id:
        fields["client_id"] = client["client_id"]
    answer = await service.token(basic(client["client_id"], client["client_secret"], encode=encode), **fields)

    assert 200 == answer.status_code


async def test_post(service: Service) -> None:
    client, fields = await a_code(service, "client_secret_post")
    answer = await service.token(client_id=client["client_id"], client_secret=client["client_secret"], **fields)

    assert 200 == answer.status_code


async def test_wrong_credentials_are_refused_and_use_nothing_up(service: Service) -> None:
    """UNCONSUMED; `WWW-Authenticate: Basic` exactly when the header was used (RFC 6749 §5.2; S22)."""
    client, fields = await a_code(service, "client_secret_basic")
    name, secret = client["client_id"], client["client_secret"]
    with_header = [
        await service.token(basic(name, "wrong"), **fields),
        await service.token(basic(name, secret[:-1]), **fields),
        await service.token(basic("nobody", secret), **fields),
        await service.token(basic(name, ""), **fields),
        await service.token(basic(name, secret), client_id="another", **fields),
        await service.token({"authorization": "Basic ~~~"}, **fields),
        await service.token({"authorization": "Basic"}, **fields),
        await service.token({"authorization": f"Bearer {secret}"}, **fields),
    ]
    without = [
        await service.token(client_id=name, **fields),
        await service.token(client_id=name, client_secret=secret, **fields),
        await service.token(**fields),
    ]
    right = await service.token(basic(name, secret), **fields)

    assert {(401, "invalid_client")} == {(a.status_code, a.json()["error"]) for a in (*with_header, *without)}
    assert all(answer.headers["www-authenticate"].startswith("Basic realm=") for answer in with_header)
    assert all("www-authenticate" not in answer.headers for answer in without)
    assert 200 == right.status_code


async def test_two_methods_at_once_are_an_invalid_request(service: Service) -> None:
    """RFC 6749 §2.3."""
    client, fields = await a_code(service, "client_secret_basic")
    name, secret = client["client_id"], client["client_secret"]
    answer = await service.token(basic(name, secret), client_id=name, client_secret=secret, **fields)

    assert (400, "invalid_request") == (answer.status_code, answer.json()["error"])


async def test_a_public_client_with_a_secret_is_refused(service: Service) -> None:
    client, fields = await a_code(service, "none")
    answer = await service.token(client_id=client["client_id"], client_secret="dws_guess", **fields)

    assert (401, "invalid_client") == (answer.status_code, answer.json()["error"])


@pytest.mark.parametrize("client_id", [None, "", "nobody", "dwp_AAAA", "dwd_forgotten", "a\0b", "x" * 60_000, "é"])
async def test_an_unknown_client_is_told_to_register_again(service: Service, client_id: str | None) -> None:
    """Claude registers again on 401 invalid_client (R2)."""
    answer = await service.token(grant_type="refresh_token", client_id=client_id, refresh_token="dwr_x")

    assert answer.status_code in (401, 400)
    assert answer.json()["error"] == ("invalid_request" if client_id == "a\0b" else "invalid_client")


async def test_a_blocked_client_is_out_within_seconds(service: Service) -> None:
    """`clients block` is honoured at authorize, token and refresh (T14)."""
    from datetime import timedelta

    from doorward.audit import RequestContext
    from doorward.operations.block_client import block_client

    client_id, tokens = await service.connected()
    installation = service.installation
    block_client(installation.database, subject=client_id, now=installation.clock.now(), context=RequestContext())
    service.later(timedelta(seconds=6))
    refresh = await service.refreshed(client_id, tokens["refresh_token"])
    page = await service.consent_page(client_id)

    assert (401, "invalid_client") == (refresh.status_code, refresh.json()["error"])
    assert 400 == page.status_code
    assert "location" not in page.headers


async def test_blocking_a_host_blocks_every_client_that_answers_to_it(service: Service) -> None:
    from datetime import timedelta

    from doorward.audit import RequestContext
    from doorward.operations.block_client import block_client

    client_id = (await service.registered(redirect_uris=["https://A.example/cb"]))["client_id"]
    installation = service.installation
    block_client(installation.database, subject="a.example", now=installation.clock.now(), context=RequestContext())
    service.later(timedelta(seconds=6))
    page = await service.consent_page(client_id, redirect_uri="https://A.example/cb")

    assert 400 == page.status_code
