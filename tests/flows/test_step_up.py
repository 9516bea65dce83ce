"""A call that needs more scope: the challenge, the question to the person, and what becomes of either answer."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest

from doorward.audit import AuditTag
from tests.flows.service import RESOURCE, Service, running, settings_for

pytestmark = pytest.mark.anyio

FILE = f"""
[[resources]]
identifier = "{RESOURCE}"
name = "Notes"
default_scope = "notes:read"
scopes = [
    {{ name = "notes", words = "Read and change your notes", includes = ["notes:read"] }},
    {{ name = "notes:read", words = "Read your notes" }},
    {{ name = "admin", words = "Administer the server" }},
]
tool_scopes = {{ add = "notes", "*" = "notes:read", echo = "admin" }}
method_scopes = {{ "resources/list" = "admin" }}
"""
JSON = {"content-type": "application/json", "accept": "application/json, text/event-stream"}


@pytest.fixture
async def service(tmp_path: Path, database_url: str) -> AsyncIterator[Service]:
    """A server whose tools need different scopes."""
    file = tmp_path / "resources.toml"
    file.write_text(FILE)
    settings = settings_for(tmp_path, database_url, secret_key="k" * 40, resources_file=file)
    async with running(settings) as started:
        yield started


def a_call(tool: str, request_id: object = 1, **arguments: object) -> dict[str, object]:
    return {
        "jsonrpc": "2.0",
        "id": request_id,
        "method": "tools/call",
        "params": {"name": tool, "arguments": arguments},
    }


async def post(service: Service, token: str, body: object, **headers: str) -> httpx2.Response:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return await service.http.post(
        "/http", content=content, headers={**JSON, "authorization": f"Bearer {token}", **headers}
    )


async def a_token(service: Service, client_id: str, scope: str) -> str:
    answer = await service.redeemed(client_id, await service.code(client_id, scope=scope))
    assert 200 == answer.status_code, answer.text
    return answer.json()["access_token"]


@pytest.fixture
async def client_id(service: Service) -> str:
    await service.signed_in()
    return (await service.registered())["client_id"]


def scope_in(answer: httpx2.Response) -> set[str]:
    challenge = answer.headers["www-authenticate"]
    return set(challenge.split('scope="')[1].split('"')[0].split())


async def test_a_call_that_lacks_scope_is_told_what_to_ask_for(service: Service, client_id: str) -> None:
    """R21: 403 with the scope that is there and the scope that is missing, in one header (RFC 6750 §3.1)."""
    token = await a_token(service, client_id, "notes:read")
    allowed = await post(service, token, a_call("whoami"))
    refused = await post(service, token, a_call("add", a=1, b=2))

    assert 200 == allowed.status_code, allowed.text
    assert 403 == refused.status_code
    assert 1 == len(refused.headers.get_list("www-authenticate"))
    challenge = refused.headers["www-authenticate"]
    assert 'error="insufficient_scope"' in challenge
    assert 'resource_metadata="http://localhost:8000/.well-known/oauth-protected-resource/http"' in challenge
    assert {"notes:read", "notes"} == scope_in(refused)
    assert "*" == refused.headers["access-control-allow-origin"]


async def test_after_the_person_allowed_the_union_the_call_works(service: Service, client_id: str) -> None:
    """The client asks for what the challenge names, and the page says it in words."""
    await a_token(service, client_id, "notes:read")
    page = await service.consent_page(client_id, scope="notes:read notes")
    answer = await service.redeemed(client_id, await service.code(client_id, scope="notes:read notes"))
    called = await post(service, answer.json()["access_token"], a_call("add", a=1, b=2))

    assert "Read and change your notes" in page.text
    assert "notes:read notes" == answer.json()["scope"]
    assert 200 == called.status_code
    assert "result" in called.json()


async def test_a_wider_scope_covers_what_it_includes(service: Service, client_id: str) -> None:
    """`notes` includes `notes:read`, here, at refresh, and in what every call needs."""
    answer = await service.redeemed(client_id, await service.code(client_id, scope="notes"))
    tokens = answer.json()
    called = await post(service, tokens["access_token"], a_call("whoami"))
    narrowed = await service.refreshed(client_id, tokens["refresh_token"], scope="notes:read")
    wider = await service.refreshed(client_id, narrowed.json()["refresh_token"], scope="admin")
    refused = await post(service, narrowed.json()["access_token"], a_call("add", a=1, b=2))

    assert "notes" == tokens["scope"]
    assert 200 == called.status_code, called.text
    assert "notes:read" == narrowed.json()["scope"]
    assert "invalid_scope" == wider.json()["error"]
    assert 403 == refused.status_code


async def test_a_declined_scope_is_not_asked_for_in_a_loop(service: Service, client_id: str) -> None:
    """R21: the call ends in an error of its own, other clients are asked, and a later yes counts."""
    token = await a_token(service, client_id, "notes:read")
    other_id = (await service.registered())["client_id"]
    other = await a_token(service, other_id, "notes:read")
    first = await post(service, token, a_call("add", a=1, b=2))
    asked = await service.consent_page(client_id, scope="notes:read notes")
    denied = await service.decided(asked, "deny")
    second = await post(service, token, a_call("add", 7, a=1, b=2))
    batch = await post(service, token, [a_call("whoami", 1), a_call("add", 2, a=1, b=2)])
    still = await post(service, token, a_call("whoami"))
    of_other = await post(service, other, a_call("add", a=1, b=2))
    wide = await a_token(service, client_id, "notes:read notes")
    after = await post(service, wide, a_call("add", a=1, b=2))
    again = await post(service, token, a_call("add", a=1, b=2))

    assert 403 == first.status_code
    assert "A connected app wants to do more" in asked.text
    assert 1 == asked.text.count(">new</span>")
    assert 200 == denied.status_code
    assert "<h1>Not allowed</h1>" in denied.text
    assert "<li>Read your notes</li>" in denied.text
    assert "It got nothing" not in denied.text
    assert (200, 7, -32050) == (second.status_code, second.json()["id"], second.json()["error"]["code"])
    assert "www-authenticate" not in second.headers
    assert [1, 2] == [answer["id"] for answer in batch.json()]
    assert 200 == still.status_code
    assert 403 == of_other.status_code
    assert 200 == after.status_code
    assert 403 == again.status_code
    events = [event for event in service.audit() if event.tag is AuditTag.AUTHORIZATION_DENIED]
    assert ["notes"] == [event.detail["scope"] for event in events]


async def test_a_refusal_of_a_client_that_is_not_connected_is_not_kept(service: Service, client_id: str) -> None:
    """Nothing was declined on top of anything, so nothing is remembered (T8)."""
    asked = await service.consent_page(client_id, scope="notes:read notes")
    denied = await service.decided(asked, "deny")
    token = await a_token(service, client_id, "notes:read")

    assert "An app wants to connect" in asked.text
    assert ">new<" not in asked.text
    assert "<h1>Not connected</h1>" in denied.text
    assert 403 == (await post(service, token, a_call("add", a=1, b=2))).status_code


async def test_methods_and_tools_that_are_not_named_need_what_is_said_of_them(service: Service, client_id: str) -> None:
    token = await a_token(service, client_id, "notes:read")
    listed = await post(service, token, {"jsonrpc": "2.0", "id": 1, "method": "resources/list"})
    echoed = await post(service, token, a_call("echo", text="x"))
    unknown = await post(service, token, a_call("nothing of that name"))

    assert {"notes:read", "admin"} == scope_in(listed) == scope_in(echoed)
    assert 200 == unknown.status_code


async def test_a_token_without_the_scope_of_every_call_opens_nothing(service: Service, client_id: str) -> None:
    token = await a_token(service, client_id, "admin")
    answers = [
        await post(service, token, a_call("echo", text="x")),
        await service.http.get("/http", headers={"authorization": f"Bearer {token}"}),
    ]

    assert [403, 403] == [answer.status_code for answer in answers]
    assert {"admin", "notes:read"} == scope_in(answers[0])


async def test_what_could_be_read_in_two_ways_is_refused(service: Service, client_id: str) -> None:
    """The scope is decided on the body, so the server behind must read the same in it: test_json_rpc.py has more."""
    token = await a_token(service, client_id, "notes:read")
    bodies = (
        b'{"jsonrpc":"2.0","id":1,"method":"ping","method":"tools/call","params":{"name":"add","arguments":{}}}',
        b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"whoami","Name":"add","arguments":{}}}',
        b"{",
        b"[" * 100_000,
    )
    answers = [await post(service, token, body) for body in bodies]

    assert {400} == {answer.status_code for answer in answers}
    assert {-32700, -32600} >= {answer.json()["error"]["code"] for answer in answers}


async def test_headers_decide_nothing(service: Service, client_id: str) -> None:
    """`Mcp-Method` and `Mcp-Name` are claims about the body, and it is the body that is obeyed."""
    token = await a_token(service, client_id, "notes:read")
    honest = {"mcp-method": "tools/call", "mcp-name": "add", "mcp-protocol-version": "2026-07-28"}
    answer = await post(service, token, a_call("add", a=1, b=2), **honest)
    batch = await post(service, token, [a_call("whoami"), a_call("add", a=1, b=2)])
    notification = await post(
        service, token, {"jsonrpc": "2.0", "method": "tools/call", "params": {"name": "add", "arguments": {}}}
    )

    assert [403, 403, 403] == [answer.status_code, batch.status_code, notification.status_code]


async def test_headers_that_contradict_the_body_are_refused(service: Service, client_id: str) -> None:
    """MCP 2026-07-28, Server Validation: otherwise whoever behind reads the headers would do another thing."""
    token = await a_token(service, client_id, "notes:read")
    lies = [{"mcp-name": "add"}, {"mcp-method": "tools/list"}, {"mcp-name": "=?base64?YWRk?="}]
    answers = [await post(service, token, a_call("whoami", 7), **lie) for lie in lies]
    answers.append(await post(service, token, a_call("add", 7, a=1, b=2), **{"mcp-name": "whoami"}))

    assert {400} == {answer.status_code for answer in answers}
    assert {(7, -32020)} == {(answer.json()["id"], answer.json()["error"]["code"]) for answer in answers}


async def test_bodies_are_bounded_and_not_compressed(service: Service, client_id: str) -> None:
    token = await a_token(service, client_id, "notes:read")
    large = await post(service, token, b" " * (4 * 1024 * 1024 + 1))
    packed = await post(service, token, a_call("add"), **{"content-encoding": "gzip"})
    put = await service.http.put("/http", content=b"{}", headers={"authorization": f"Bearer {token}"})

    with_body = await service.http.request(
        "GET", "/http", content=json.dumps(a_call("add")).encode(), headers={"authorization": f"Bearer {token}"}
    )

    assert [413, 415, 405] == [large.status_code, packed.status_code, put.status_code]
    assert 400 == with_body.status_code


async def test_without_a_good_token_the_answer_is_401_and_names_the_least(service: Service, client_id: str) -> None:
    """R21, R22: no step-up for those who are nobody; the challenge and the metadata name the minimal scope."""
    nobody = await service.http.post("/http", content=b"{}")
    forged = await post(service, "garbage", a_call("add"))
    metadata = (await service.http.get("/.well-known/oauth-protected-resource/http")).json()
    server = (await service.http.get("/.well-known/oauth-authorization-server")).json()

    assert [401, 401] == [nobody.status_code, forged.status_code]
    assert {"notes:read"} == scope_in(nobody) == scope_in(forged)
    assert ["notes:read"] == metadata["scopes_supported"]
    assert ["notes:read", "offline_access"] == server["scopes_supported"]


async def test_a_client_that_asks_for_nothing_gets_the_default_scope(service: Service, client_id: str) -> None:
    answer = await service.redeemed(client_id, await service.code(client_id, scope=None))
    unknown = await service.redeemed(client_id, await service.code(client_id, scope="nothing:known"))

    assert "notes:read" == answer.json()["scope"] == unknown.json()["scope"]
