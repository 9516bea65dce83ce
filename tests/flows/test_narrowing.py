"""What was allowed does not outgrow what a client or a resource is today."""

from datetime import timedelta
from typing import Any

import anyio
import pytest

from doorward.app.resources import resource_rules
from doorward.audit import RequestContext
from doorward.oauth.resource_catalogue import ResourceRules
from doorward.operations.create_resource import create_resource
from doorward.operations.delete_resource import delete_resource
from doorward.operations.update_client import ClientChanges, update_client
from doorward.operations.update_resource import update_resource
from doorward.settings import addresses
from tests.flows.service import WEB_REDIRECT, Service, callback, claims_of

pytestmark = pytest.mark.anyio

FILES = "https://files.example.com/mcp"
READ, ADMIN = {"name": "mcp", "words": "Read"}, {"name": "admin", "words": "Delete everything"}
HERE = RequestContext()
AT_FILES = {"redirect_uri": WEB_REDIRECT, "resource": FILES}


def rules(service: Service) -> ResourceRules:
    settings = service.installation.settings
    return resource_rules(settings, addresses(settings, port=8000, host="127.0.0.1"))


async def known(service: Service) -> None:
    """The processes learn of a changed resource."""
    assert service.app is not None
    for job in service.app._jobs:
        if "resource" in job.name:
            await anyio.to_thread.run_sync(job.run)


async def given_files(service: Service, *scopes: dict[str, Any]) -> None:
    create_resource(
        service.installation.database,
        rules(service),
        definition={"identifier": FILES, "name": "Files", "scopes": list(scopes), "default_scope": "mcp"},
        is_default=False,
        now=service.clock.now(),
        context=HERE,
    )
    await known(service)


async def files_have(service: Service, *scopes: dict[str, Any]) -> None:
    update_resource(
        service.installation.database,
        rules(service),
        identifier=FILES,
        changes={"scopes": list(scopes)},
        is_default=None,
        by=None,
        now=service.clock.now(),
        context=HERE,
    )
    await known(service)


def held_to(service: Service, client_id: str, scope: str) -> None:
    """An operator narrows the client, and every cache has forgotten what it was."""
    update_client(
        service.installation.database,
        client_id=client_id,
        changes=ClientChanges(scope=scope),
        now=service.clock.now(),
        context=HERE,
    )
    service.later(timedelta(seconds=10))


async def test_a_new_resource_of_an_old_identifier_is_asked_about_anew(service: Service) -> None:
    """What a person allowed had other words."""
    await given_files(service, READ)
    client_id = service.operators_client(trusted=True).client_id
    await service.signed_in()
    await service.decided(await service.consent_page(client_id, **AT_FILES))
    spared = await service.consent_page(client_id, **AT_FILES)
    database = service.installation.database
    delete_resource(database, rules(service), identifier=FILES, now=service.clock.now(), context=HERE)
    await known(service)
    await given_files(service, {"name": "mcp", "words": "DELETE ALL YOUR FILES"})
    again = await service.consent_page(client_id, **AT_FILES)

    assert callback(spared)["code"]
    assert (200, True) == (again.status_code, "DELETE ALL YOUR FILES" in again.text)


@pytest.mark.parametrize("pause", [timedelta(0), timedelta(seconds=6)], ids=["warm caches", "cold caches"])
async def test_a_consent_is_not_widened_by_what_a_scope_includes_later(service: Service, pause: timedelta) -> None:
    """The person never saw the other token."""
    await given_files(service, READ, ADMIN)
    client_id = service.operators_client(trusted=True).client_id
    await service.signed_in()
    await service.decided(await service.consent_page(client_id, **AT_FILES))
    await files_have(service, {**READ, "includes": ["admin"]}, ADMIN)
    service.later(pause)
    wider = await service.consent_page(client_id, **AT_FILES, scope="mcp admin")
    same = await service.consent_page(client_id, **AT_FILES)

    assert (200, True) == (wider.status_code, 'value="approve"' in wider.text)
    assert callback(same)["code"]


async def test_a_narrowed_client_gets_less_from_then_on(service: Service) -> None:
    """For a code that is on its way and for a connection alike; the answer and the token say so."""
    await given_files(service, READ, ADMIN)
    client_id = service.operators_client().client_id
    await service.signed_in()
    both = {**AT_FILES, "scope": "mcp admin offline_access"}
    first = await service.redeemed(client_id, await service.code(client_id, **both), redirect_uri=WEB_REDIRECT)
    code = await service.code(client_id, **both)
    held_to(service, client_id, "mcp")
    redeemed = await service.redeemed(client_id, code, redirect_uri=WEB_REDIRECT)
    refreshed = await service.refreshed(client_id, first.json()["refresh_token"])

    assert "mcp admin offline_access" == first.json()["scope"]
    for answer in (redeemed, refreshed):
        assert (200, "mcp") == (answer.status_code, answer.json()["scope"])
        assert "mcp" == claims_of(answer.json()["access_token"])["scope"]
        assert answer.json()["refresh_token"]


async def test_what_a_resource_lost_is_issued_no_more(service: Service) -> None:
    """`offline_access` is the authorization server's own, and stays."""
    await given_files(service, READ, ADMIN)
    client_id = service.operators_client().client_id
    await service.signed_in()
    code = await service.code(client_id, **AT_FILES, scope="mcp admin offline_access")
    tokens = (await service.redeemed(client_id, code, redirect_uri=WEB_REDIRECT)).json()
    await files_have(service, READ)
    refreshed = await service.refreshed(client_id, tokens["refresh_token"])

    assert (200, "mcp offline_access") == (refreshed.status_code, refreshed.json()["scope"])


@pytest.mark.parametrize("scope", ["admin", "admin offline_access"])
async def test_where_nothing_of_the_resource_is_left_there_is_no_token(service: Service, scope: str) -> None:
    await given_files(service, READ, ADMIN)
    client_id = service.operators_client().client_id
    await service.signed_in()
    code = await service.code(client_id, **AT_FILES, scope=scope)
    tokens = (await service.redeemed(client_id, code, redirect_uri=WEB_REDIRECT)).json()
    held_to(service, client_id, "mcp offline_access")
    refused = await service.refreshed(client_id, tokens["refresh_token"])

    assert scope == tokens["scope"]
    assert (400, "invalid_grant") == (refused.status_code, refused.json()["error"])


async def test_a_client_held_to_a_scope_keeps_what_that_includes(service: Service) -> None:
    """The same bound holds for the request and for the token."""
    await given_files(service, {**READ, "includes": ["admin"]}, ADMIN)
    client_id = service.operators_client().client_id
    held_to(service, client_id, "mcp")
    await service.signed_in()
    code = await service.code(client_id, **AT_FILES, scope="admin")
    answer = await service.redeemed(client_id, code, redirect_uri=WEB_REDIRECT)

    assert (200, "admin") == (answer.status_code, answer.json()["scope"])
