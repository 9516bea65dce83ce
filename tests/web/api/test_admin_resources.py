"""Protected MCP servers over JSON, for administrators alone."""

import pytest

from doorward.audit import AuditTag
from tests.builders import audited

RESOURCES = "/api/admin/resources"
FILES = {"identifier": "https://files.example.com/mcp", "name": "Files"}
SCOPES = [
    {"name": "files", "words": "Change files", "includes": ["files:read"]},
    {"name": "files:read", "words": "Read files", "includes": []},
]
ROUTES = [
    ("GET", ""),
    ("POST", ""),
    ("GET", "/{id}"),
    ("GET", "/{id}/metadata"),
    ("PATCH", "/{id}"),
    ("DELETE", "/{id}"),
    ("POST", "/{id}/servers"),
    ("DELETE", "/{id}/servers/someone"),
]


def created(api, administrator, **members: object):
    answer = api.post(RESOURCES, headers=administrator.headers, json={**FILES, **members})
    assert 201 == answer.status_code, answer.text
    return answer.json()


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_nobody_but_administrators_gets_in(api, person, administrator, method, path):
    """401 for strangers and 403 for others, before a body is read and whatever it holds."""
    resource_id = created(api, administrator)["id"]
    address = RESOURCES + path.replace("{id}", resource_id)
    stranger = api.request(method, address, content=b"nonsense")
    other = api.request(method, address, content=b"nonsense", headers=person.headers)

    assert (401, "invalid_token") == (stranger.status_code, stranger.json()["error"])
    assert (403, "administrators_only") == (other.status_code, other.json()["error"])
    assert 200 == api.get(f"{RESOURCES}/{resource_id}", headers=administrator.headers).status_code


def test_a_resource_is_made_shown_changed_and_deleted(api, database, web, administrator):
    """What is answered is what counts from then on, in this process at once."""
    made = created(api, administrator, scopes=SCOPES, default_scope="files:read", access_token_lifetime=900)
    address = f"{RESOURCES}/{made['id']}"
    shown = api.get(address, headers=administrator.headers).json()
    metadata = api.get(address + "/metadata", headers=administrator.headers).json()
    changed = api.patch(
        address, headers=administrator.headers, json={"token_format": "opaque", "tool_scopes": {"write": "files"}}
    ).json()
    listed = api.get(RESOURCES, headers=administrator.headers).json()["resources"]
    known = web.server.policy.resource_of(FILES["identifier"])
    deleted = api.delete(address, headers=administrator.headers)
    gone = api.get(address, headers=administrator.headers)

    assert made == shown
    assert ("15m", "database", False, SCOPES) == tuple(
        made[name] for name in ("access_token_lifetime", "source", "default", "scopes")
    )
    assert (FILES["identifier"], ["files:read"]) == (metadata["resource"], metadata["scopes_supported"])
    assert {**made, "token_format": "opaque", "tool_scopes": {"write": "files"}} == changed
    assert [changed["id"]] == [resource["id"] for resource in listed[1:]]
    assert known is not None
    assert "opaque" == known.token_format
    assert (204, 404) == (deleted.status_code, gone.status_code)
    for tag in (AuditTag.RESOURCE_CREATED, AuditTag.RESOURCE_UPDATED, AuditTag.RESOURCE_DELETED):
        assert [administrator.user.id] == [event.user_id for event in audited(database, tag)]


def test_one_resource_is_the_default(api, administrator):
    first = created(api, administrator, default=True)
    second = created(api, administrator, identifier="https://b.example/mcp", default=True)
    listed = api.get(RESOURCES, headers=administrator.headers).json()["resources"]

    assert second["default"]
    assert second["id"] == listed[0]["id"]
    assert [True, False, False] == [resource["default"] for resource in listed]
    assert first["id"] in {resource["id"] for resource in listed}


@pytest.mark.parametrize(
    ("body", "status", "error"),
    [
        ({}, 400, "invalid_request"),
        ({"identifier": "https://a.example/mcp"}, 400, "invalid_request"),
        ({**FILES, "identifier": "http://a.example/mcp"}, 400, "invalid_request"),
        ({**FILES, "scopes": [{"name": "a"}]}, 400, "invalid_request"),
        ({**FILES, "access_token_lifetime": "8d"}, 400, "invalid_request"),
        ({**FILES, "more": 1}, 400, "invalid_request"),
        (FILES, 409, "conflict"),
        (
            {**FILES, "identifier": "https://new.example", "aliases": ["https://FILES.example.com/mcp/"]},
            409,
            "conflict",
        ),
        ({**FILES, "identifier": "https://new.example", "aliases": ["http://localhost:8000/http"]}, 409, "conflict"),
    ],
)
def test_what_makes_no_sense_is_refused(api, administrator, body, status, error):
    """In words that name the member, and nothing is stored."""
    created(api, administrator)
    answer = api.post(RESOURCES, headers=administrator.headers, json=body)
    listed = api.get(RESOURCES, headers=administrator.headers).json()["resources"]

    assert (status, error) == (answer.status_code, answer.json()["error"])
    assert 2 == len(listed)


def test_an_identifier_stays_and_the_built_in_resource_too(api, administrator):
    (built_in,) = api.get(RESOURCES, headers=administrator.headers).json()["resources"]
    address = f"{RESOURCES}/{built_in['id']}"
    renamed = api.patch(address, headers=administrator.headers, json={"name": "Ours"}).json()
    moved = api.patch(address, headers=administrator.headers, json={"identifier": "https://b.example"})
    first = api.delete(address, headers=administrator.headers)
    second = api.delete(address, headers=administrator.headers)

    assert ("Ours", "database") == (renamed["name"], renamed["source"])
    assert 400 == moved.status_code
    assert (204, 404) == (first.status_code, second.status_code)
    assert [built_in] == api.get(RESOURCES, headers=administrator.headers).json()["resources"]


def test_a_resource_server_gets_its_secret_once(api, database, administrator):
    """RFC 7662 §2.1: a confidential client that can do nothing else; hashed at rest."""
    address = f"{RESOURCES}/{created(api, administrator)['id']}"
    made = api.post(address + "/servers", headers=administrator.headers, json={})
    client_id, secret = made.json()["client_id"], made.json()["client_secret"]
    shown = api.get(address, headers=administrator.headers)
    client = database.read(lambda stores: stores.clients.find(client_id))
    again = api.post(address + "/servers", headers=administrator.headers, json={"client_id": client_id})
    unknown = api.post(address + "/servers", headers=administrator.headers, json={"client_id": "dwd_nobody"})
    removed = [api.delete(f"{address}/servers/{client_id}", headers=administrator.headers) for _ in range(2)]

    assert (201, True) == (made.status_code, secret.startswith("dws_"))
    assert [client_id] == shown.json()["introspected_by"]
    assert secret not in shown.text
    assert client is not None
    assert ((), ()) == (client.redirect_uris, client.grant_types)
    assert [409, 409] == [again.status_code, unknown.status_code]
    assert [204, 404] == [answer.status_code for answer in removed]
    assert [] == api.get(address, headers=administrator.headers).json()["introspected_by"]
    assert 1 == len(audited(database, AuditTag.RESOURCE_SERVER_ADDED))
    assert 1 == len(audited(database, AuditTag.RESOURCE_SERVER_REMOVED))
