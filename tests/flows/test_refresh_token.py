"""Refreshing: rotation, lost answers, races and reuse (RFC 9700 §4.14)."""

import asyncio
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from doorward.audit import AuditTag
from tests.flows.round_trips import round_trips, without_jobs
from tests.flows.service import RESOURCE, Service, StoppedClock, claims_of, running, settings_for

pytestmark = pytest.mark.anyio

AUDIT_BURST = 200
"""So many refusals are kept at once; what follows is logged only."""


async def refreshed_token(service: Service, client_id: str, token: str) -> str:
    answer = await service.refreshed(client_id, token)
    assert 200 == answer.status_code, answer.text
    return answer.json()["refresh_token"]


async def test_every_refresh_gives_a_new_token(service: Service) -> None:
    client_id, tokens = await service.connected()
    chain = [tokens["refresh_token"]]
    for _ in range(4):
        chain.append(await refreshed_token(service, client_id, chain[-1]))

    assert all(left != right for left, right in pairwise(chain))
    assert 5 == len(set(chain))


async def test_a_lost_answer_is_given_again(service: Service) -> None:
    """Within the retry window the same parent gets the same successor (R5)."""
    client_id, tokens = await service.connected()
    lost = await refreshed_token(service, client_id, tokens["refresh_token"])
    service.later(timedelta(seconds=30))
    again = await refreshed_token(service, client_id, tokens["refresh_token"])

    assert lost == again


async def test_a_retry_does_not_extend_the_window(service: Service) -> None:
    client_id, tokens = await service.connected()
    first = await refreshed_token(service, client_id, tokens["refresh_token"])
    service.later(timedelta(seconds=40))
    second = await refreshed_token(service, client_id, tokens["refresh_token"])
    service.later(timedelta(seconds=40))
    third = await refreshed_token(service, client_id, tokens["refresh_token"])

    assert first == second != third


async def test_an_unused_successor_is_replaced_later_and_counts_as_reuse_from_then_on(service: Service) -> None:
    client_id, tokens = await service.connected()
    parent = tokens["refresh_token"]
    unused = await refreshed_token(service, client_id, parent)
    service.later(timedelta(minutes=10))
    fresh = await refreshed_token(service, client_id, parent)
    reuse = await service.refreshed(client_id, unused)
    after = await service.refreshed(client_id, fresh)

    assert fresh != unused
    assert ["invalid_grant"] * 2 == [answer.json()["error"] for answer in (reuse, after)]


async def test_a_token_older_than_the_predecessor_ends_the_connection(service: Service) -> None:
    """RFC 9700 §4.14.2, ASVS 10.4.5: whoever of the two is the thief, both are out."""
    client_id, tokens = await service.connected()
    old = tokens["refresh_token"]
    newer = await refreshed_token(service, client_id, old)
    newest = await refreshed_token(service, client_id, newer)
    reuse = await service.refreshed(client_id, old)
    after = await service.refreshed(client_id, newest)

    assert [(400, "invalid_grant")] * 2 == [(a.status_code, a.json()["error"]) for a in (reuse, after)]
    assert "refresh_token.reused" in {str(event.tag) for event in service.audit()}


async def test_a_predecessor_is_reuse_once_its_successor_was_used(service: Service) -> None:
    client_id, tokens = await service.connected()
    first = tokens["refresh_token"]
    second = await refreshed_token(service, client_id, first)
    third = await refreshed_token(service, client_id, second)
    again = await refreshed_token(service, client_id, second)
    reuse = await service.refreshed(client_id, first)

    assert third == again
    assert 400 == reuse.status_code


async def test_a_forged_token_is_never_looked_up_and_harms_nothing(tmp_path: Path, database_url: str) -> None:
    """Its MAC is checked before the database is asked; what it leaves is a line of the trail, within its bounds."""
    settings = settings_for(tmp_path, database_url, secret_key="k" * 40)
    with without_jobs():
        async with running(settings, clock=StoppedClock()) as service:
            client_id, tokens = await service.connected()
            token = tokens["refresh_token"]
            forged = [token[:-1] + ("A" if token[-1] != "A" else "B"), token + "=", "dwr_", "dwr_x", "é", token[4:]]
            answers = [await service.refreshed(client_id, text) for text in forged]
            refusals = [event for event in service.audit() if event.tag is AuditTag.REFRESH_TOKEN_REFUSED]
            for _ in range(AUDIT_BURST):
                await service.refreshed(client_id, "dwr_x")
            with round_trips(service.installation) as trips:
                answers += [await service.refreshed(client_id, text) for text in forged]
            honest = await service.refreshed(client_id, token)

    assert {(400, "invalid_grant")} == {(a.status_code, a.json()["error"]) for a in answers}
    assert [{"reason": "refresh_token_forged"}] * len(forged) == [event.detail for event in refusals]
    assert [] == trips
    assert 200 == honest.status_code


async def test_a_token_that_was_never_issued_is_refused_and_harms_nothing(service: Service) -> None:
    """Ahead of the current generation: only a restored database may see that."""
    client_id, tokens = await service.connected()
    chain = [tokens["refresh_token"]]
    server_tokens = service.installation.keyring
    from doorward.oauth.tokens.refresh_token import RefreshTokens

    reader = RefreshTokens(server_tokens)
    read = reader.read(chain[0])
    assert read is not None
    ahead = await service.refreshed(client_id, reader.derive(read.authorization_id, read.generation + 3).reveal())
    honest = await service.refreshed(client_id, chain[0])

    assert (400, "invalid_grant") == (ahead.status_code, ahead.json()["error"])
    assert 200 == honest.status_code


async def test_fifty_racers_all_get_the_same_successor(service: Service) -> None:
    """Several processes share one token and refresh at once (R5)."""
    client_id, tokens = await service.connected()
    answers = await asyncio.gather(*(service.refreshed(client_id, tokens["refresh_token"]) for _ in range(50)))

    assert {200} == {answer.status_code for answer in answers}
    assert 1 == len({answer.json()["refresh_token"] for answer in answers})


async def test_another_client_cannot_use_or_harm_a_token(service: Service) -> None:
    client_id, tokens = await service.connected()
    other = (await service.registered())["client_id"]
    stolen = await service.refreshed(other, tokens["refresh_token"])
    honest = await service.refreshed(client_id, tokens["refresh_token"])

    assert (400, "invalid_grant") == (stolen.status_code, stolen.json()["error"])
    assert 200 == honest.status_code


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"resource": "https://other.example/http"}, "invalid_target"),
        ({"scope": "mcp offline_access"}, "invalid_scope"),
        ({"scope": 'a"b'}, "invalid_scope"),
    ],
)
async def test_a_wider_request_gets_its_error_and_uses_nothing_up(
    service: Service, changes: dict[str, str], error: str
) -> None:
    """RFC 6749 §6, RFC 8707 §2.2."""
    client_id, tokens = await service.connected()
    wrong = await service.refreshed(client_id, tokens["refresh_token"], **changes)
    right = await service.refreshed(client_id, tokens["refresh_token"])

    assert (400, error) == (wrong.status_code, wrong.json()["error"])
    assert 200 == right.status_code


async def test_a_narrower_scope_holds_for_one_access_token(service: Service) -> None:
    """RFC 6749 §6: the refresh token keeps the whole scope."""
    client_id = (await service.registered())["client_id"]
    await service.signed_in()
    code = await service.code(client_id, scope="mcp offline_access")
    tokens = (await service.redeemed(client_id, code)).json()
    narrow = (await service.refreshed(client_id, tokens["refresh_token"], scope="mcp")).json()
    whole = (await service.refreshed(client_id, narrow["refresh_token"])).json()

    assert ["mcp offline_access", "mcp", "mcp offline_access"] == [t["scope"] for t in (tokens, narrow, whole)]
    assert "mcp" == claims_of(narrow["access_token"])["scope"]


@pytest.mark.parametrize("resource", [None, RESOURCE, RESOURCE + "/"])
async def test_the_resource_may_be_left_out_or_named(service: Service, resource: str | None) -> None:
    """R23: clients differ."""
    client_id, tokens = await service.connected()
    answer = await service.refreshed(client_id, tokens["refresh_token"], resource=resource)

    assert RESOURCE == claims_of(answer.json()["access_token"])["aud"]


async def test_a_connection_lasts_while_it_is_used(service: Service) -> None:
    """R6: sliding idle lifetime; ASVS 10.4.8: an absolute end all the same."""
    client_id, tokens = await service.connected()
    token, days = tokens["refresh_token"], 0
    while True:
        service.later(timedelta(days=29))
        days += 29
        answer = await service.refreshed(client_id, token)
        if answer.status_code != 200:
            break
        token = answer.json()["refresh_token"]

    assert 377 == days


async def test_a_connection_ends_when_nobody_uses_it(service: Service) -> None:
    client_id, tokens = await service.connected()
    service.later(timedelta(days=30))
    answer = await service.refreshed(client_id, tokens["refresh_token"])

    assert (400, "invalid_grant") == (answer.status_code, answer.json()["error"])
