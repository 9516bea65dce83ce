"""What happens to a connection is written down, with who it was and which Authorization (S38, ASVS 16.3.1)."""

import pytest

from doorward.audit import AuditEvent, AuditTag
from tests.flows.service import Service, claims_of

pytestmark = pytest.mark.anyio


def of_connections(service: Service) -> list[AuditEvent]:
    """The events about connections, oldest first; those about accounts are another matter."""
    return [event for event in service.audit() if event.tag.partition(".")[0] not in ("user", "setup", "keys")]


async def test_a_connection_leaves_one_event_for_each_step(service: Service) -> None:
    """S38: issued, redeemed and rotated, each with the user, the client and the Authorization."""
    client_id, tokens = await service.connected()
    await service.refreshed(client_id, tokens["refresh_token"])
    claims = claims_of(tokens["access_token"])
    events = of_connections(service)

    assert [AuditTag.AUTHORIZATION_GRANTED, AuditTag.CODE_REDEEMED, AuditTag.REFRESH_TOKEN_ROTATED] == [
        event.tag for event in events
    ]
    assert {(client_id, claims["sub"], claims["gid"])} == {(e.client_id, e.user_id, e.authorization) for e in events}
    assert {"127.0.0.1"} == {event.context.address for event in events}


async def test_a_replayed_code_and_the_end_it_brings_are_written_down(service: Service) -> None:
    """S38: the trail says which Authorization ended, and why."""
    client_id = (await service.registered())["client_id"]
    await service.signed_in()
    code = await service.code(client_id)
    tokens = (await service.redeemed(client_id, code)).json()
    await service.redeemed(client_id, code)
    claims = claims_of(tokens["access_token"])
    replayed, revoked = of_connections(service)[2:4]

    assert [AuditTag.CODE_REPLAYED, AuditTag.AUTHORIZATION_REVOKED] == [replayed.tag, revoked.tag]
    assert {(client_id, claims["sub"], claims["gid"])} == {
        (event.client_id, event.user_id, event.authorization) for event in (replayed, revoked)
    }
    assert {"reason": "code.replayed"} == revoked.detail


async def test_refusals_name_their_reason_in_the_trail_only(service: Service) -> None:
    """S38: the client reads `invalid_grant`, the operator why."""
    client_id, tokens = await service.connected()
    answers = [
        await service.redeemed(client_id, "dwc_unknown"),
        await service.redeemed(client_id, await service.code(client_id), code_verifier="x" * 43),
        await service.refreshed(client_id, tokens["refresh_token"] + "x"),
        await service.redeemed("dwd_nobody", "dwc_unknown"),
    ]
    tags = (AuditTag.CODE_REFUSED, AuditTag.REFRESH_TOKEN_REFUSED, AuditTag.CLIENT_AUTHENTICATION_FAILED)
    refused = [event for event in of_connections(service) if event.tag in tags]

    assert [
        (AuditTag.CODE_REFUSED, "code_unknown"),
        (AuditTag.CODE_REFUSED, "pkce_verified"),
        (AuditTag.REFRESH_TOKEN_REFUSED, "refresh_token_forged"),
        (AuditTag.CLIENT_AUTHENTICATION_FAILED, "client_unknown"),
    ] == [(event.tag, event.detail["reason"]) for event in refused]
    assert not any(str(event.detail["reason"]) in answer.text for event in refused for answer in answers)
