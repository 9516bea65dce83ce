"""Two secrets of a client live during a change, at the token endpoint (RFC 6749 §2.3.1)."""

import base64
from datetime import timedelta

import pytest

from doorward.operations.drop_old_secret import drop_old_secret
from doorward.operations.rotate_client_secret import rotate_client_secret
from tests.builders import HERE
from tests.flows.service import Service

pytestmark = pytest.mark.anyio

CACHED = timedelta(seconds=5)
"""So long a server may believe what it read before."""


def rotated(service: Service, client_id: str, overlap: timedelta) -> str:
    now = service.clock.now()
    made = rotate_client_secret(
        service.installation.database, client_id=client_id, overlap=overlap, now=now, context=HERE
    )
    assert made is not None
    service.later(CACHED)
    return made[1].reveal()


async def error_with(service: Service, client_id: str, secret: str, method: str) -> str:
    """What the token endpoint answers to a made-up code: invalid_grant once the client is authenticated."""
    fields = {"grant_type": "authorization_code", "code": "dwc_x", "code_verifier": "v" * 43, "redirect_uri": "x"}
    if method == "client_secret_post":
        answer = await service.token(**fields, client_id=client_id, client_secret=secret)
    else:
        credentials = base64.b64encode(f"{client_id}:{secret}".encode()).decode()
        answer = await service.token({"Authorization": f"Basic {credentials}"}, **fields)
    return answer.json()["error"]


@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post"])
async def test_the_old_secret_works_until_its_end_and_the_new_one_at_once(service: Service, method: str) -> None:
    client = await service.registered(token_endpoint_auth_method=method)
    own, first = client["client_id"], client["client_secret"]

    async def errors(*secrets: str) -> list[str]:
        return [await error_with(service, own, secret, method) for secret in secrets]

    second = rotated(service, own, timedelta(hours=1))
    assert ["invalid_grant", "invalid_grant", "invalid_client"] == await errors(first, second, second[:-1])
    service.later(timedelta(hours=1))
    assert ["invalid_client", "invalid_grant"] == await errors(first, second)
    third = rotated(service, own, timedelta(hours=1))
    fourth = rotated(service, own, timedelta(hours=1))
    assert ["invalid_client", "invalid_grant", "invalid_grant"] == await errors(second, third, fourth)
    drop_old_secret(service.installation.database, client_id=own, now=service.clock.now(), context=HERE)
    service.later(CACHED)
    assert ["invalid_client", "invalid_grant"] == await errors(third, fourth)
    fifth = rotated(service, own, timedelta(0))
    assert ["invalid_client", "invalid_grant"] == await errors(fourth, fifth)
