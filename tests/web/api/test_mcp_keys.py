"""MCP API keys over JSON."""

import pytest

from doorward.audit import AuditTag
from doorward.kit.secrets import digest
from doorward.operations.find_api_key import find_api_key
from tests.builders import NOW, audited

KEYS = "/api/users/mcp-keys"


def test_a_key_is_shown_once_and_hashed_at_rest(api, database, web, person):
    """The seed's `generate_mcp_key`; secrets are hashed at rest (architecture.md T6)."""
    made = api.post(KEYS, headers=person.headers, json={"name": "laptop"})
    listed = api.get(KEYS, headers=person.headers)

    key = made.json()["key"]
    assert 201 == made.status_code
    assert key.startswith("dwk_")
    assert key not in listed.text
    assert [{name: value for name, value in made.json().items() if name != "key"}] == listed.json()["keys"]
    stored = database.read(lambda stores: stores.api_keys.list_of_user(person.user.id))
    assert [digest(key)] == [record.key_hash for record in stored]


def test_a_key_is_for_the_default_resource_and_scope_unless_asked_otherwise(api, web, person):
    """What a request without `resource` means (RFC 8707 §2)."""
    made = api.post(KEYS, headers=person.headers, json={"name": "laptop"}).json()

    resource = web.server.policy.default_resource
    assert (resource.identifier, str(resource.default_scope)) == (made["resource"], made["scope"])
    assert made["hint"] == made["key"][-4:]
    assert made["expires_at"] is None


def test_a_resource_is_kept_in_its_one_spelling(api, web, person):
    """Resources are read tolerantly and kept canonical (interop R7)."""
    identifier = web.server.policy.default_resource.identifier

    made = api.post(KEYS, headers=person.headers, json={"name": "a", "resource": identifier + "/", "scope": "mcp"})

    assert identifier == made.json()["resource"]


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"name": ""}, "invalid_request"),
        ({"name": "   "}, "invalid_request"),
        ({"name": "\u202e\u200b"}, "invalid_request"),
        ({"name": "x" * 101}, "invalid_request"),
        ({"name": "a", "resource": "https://elsewhere.example/http"}, "invalid_target"),
        ({"name": "a", "resource": "nonsense"}, "invalid_target"),
        ({"name": "a", "scope": "mcp admin"}, "invalid_scope"),
        ({"name": "a", "scope": "offline_access"}, "invalid_scope"),
        ({"name": "a", "scope": 'mcp "'}, "invalid_scope"),
        ({"name": "a", "scope": "m\u00e9p"}, "invalid_scope"),
    ],
)
def test_a_key_that_cannot_be_made_is_400_and_leaves_nothing(api, person, body, error):
    """A person names the scope themself, so what is unknown is refused and not dropped."""
    answer = api.post(KEYS, headers=person.headers, json=body)

    assert (400, error) == (answer.status_code, answer.json()["error"])
    assert [] == api.get(KEYS, headers=person.headers).json()["keys"]


def test_a_revoked_key_is_gone(api, database, person):
    """Revoking is audited, and works once."""
    made = api.post(KEYS, headers=person.headers, json={"name": "laptop"}).json()

    first = api.delete(f"{KEYS}/{made['id']}", headers=person.headers)
    second = api.delete(f"{KEYS}/{made['id']}", headers=person.headers)

    assert (204, b"", 404) == (first.status_code, first.content, second.status_code)
    assert [] == api.get(KEYS, headers=person.headers).json()["keys"]
    assert find_api_key(database, key=made["key"], now=NOW) is None
    assert 1 == len(audited(database, AuditTag.API_KEY_REVOKED))


def test_the_keys_of_other_people_do_not_exist(api, person, other_person):
    """Object-level authorization (ASVS 8.2.2)."""
    made = api.post(KEYS, headers=person.headers, json={"name": "laptop"}).json()

    assert [] == api.get(KEYS, headers=other_person.headers).json()["keys"]
    assert 404 == api.delete(f"{KEYS}/{made['id']}", headers=other_person.headers).status_code
    assert 1 == len(api.get(KEYS, headers=person.headers).json()["keys"])


@pytest.mark.parametrize("public_id", ["unknown", "%00", "%2e%2e", "%ff", "a" * 5_000, "'; DROP TABLE users; --"])
def test_a_key_nobody_has_is_404(api, person, public_id):
    answer = api.delete(f"{KEYS}/{public_id}", headers=person.headers)

    assert (404, "not_found") == (answer.status_code, answer.json()["error"])
