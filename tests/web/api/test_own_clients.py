"""A person's own OAuth clients over JSON."""

from dataclasses import replace

import pytest

from doorward.audit import AuditTag
from doorward.operations.find_client import find_client
from doorward.operations.update_client import ClientChanges, update_client
from doorward.web.api import create_api
from tests.asgi_client import AsgiClient
from tests.builders import HERE, NOW, audited, given_a_client_and_secret
from tests.web.api.builders import an_authorization_request

OWN = "/api/users/clients"
CALLBACK = "https://automation.example/cb"
BODY = {"client_name": "Automation", "redirect_uris": [CALLBACK], "token_endpoint_auth_method": "client_secret_post"}


def authorize(api, person, client_id: str):
    body = an_authorization_request(client_id, CALLBACK)
    return api.post("/api/oauth/authorize", headers=person.headers, json=body)


def test_a_client_is_made_changed_and_deleted(api, database, person):
    """R26: the secret is shown this once."""
    made = api.post(OWN, headers=person.headers, json=BODY)
    client = made.json()
    secret = client.pop("client_secret")
    path = f"{OWN}/{client['client_id']}"
    listed = api.get(OWN, headers=person.headers)
    changed = api.patch(path, headers=person.headers, json={"client_name": "New"})

    assert 201 == made.status_code
    assert secret.startswith("dws_")
    assert ([client], 10) == (listed.json()["clients"], listed.json()["at_most"])
    assert secret not in listed.text
    assert {**client, "client_name": "New"} == changed.json()
    assert [204, 404] == [api.delete(path, headers=person.headers).status_code for _ in range(2)]
    assert person.user.id == audited(database, AuditTag.CLIENT_DELETED)[-1].user_id


def test_a_public_client_has_no_secret_to_rotate(api, person):
    made = api.post(OWN, headers=person.headers, json={**BODY, "token_endpoint_auth_method": "none"}).json()
    rotated = api.post(f"{OWN}/{made['client_id']}/secret", headers=person.headers, json={})

    assert made["client_secret"] is None
    assert (400, "invalid_client_metadata") == (rotated.status_code, rotated.json()["error"])


def test_a_secret_is_rotated_and_the_old_one_ended(api, person):
    made = api.post(OWN, headers=person.headers, json=BODY).json()
    path = f"{OWN}/{made['client_id']}"
    rotated = api.post(f"{path}/secret", headers=person.headers, json={"overlap": 3600}).json()

    assert made["client_secret"] != rotated["client_secret"]
    assert rotated["old_secret_expires_at"]
    assert [204, 404] == [api.delete(f"{path}/old-secret", headers=person.headers).status_code for _ in range(2)]


def test_the_clients_of_other_people_and_of_operators_do_not_exist(api, database, person, other_person):
    """Object-level authorization (ASVS 8.2.2)."""
    own = api.post(OWN, headers=person.headers, json=BODY).json()["client_id"]
    operators = given_a_client_and_secret(database)[0].client_id
    for client_id in (own, operators, "%00", "unknown"):
        path = f"{OWN}/{client_id}"
        answers = [
            api.patch(path, headers=other_person.headers, json={"client_name": "x"}),
            api.post(f"{path}/secret", headers=other_person.headers, json={}),
            api.delete(f"{path}/old-secret", headers=other_person.headers),
            api.delete(path, headers=other_person.headers),
        ]
        assert {404} == {answer.status_code for answer in answers}

    assert [] == api.get(OWN, headers=other_person.headers).json()["clients"]
    assert find_client(database, client_id=own) is not None


@pytest.mark.parametrize(
    "body",
    [
        {**BODY, "client_name": ""},
        {**BODY, "redirect_uris": []},
        {**BODY, "redirect_uris": ["http://automation.example/cb"]},
        {**BODY, "token_endpoint_auth_method": "magic"},
        {**BODY, "trusted": True},
        {**BODY, "owner_id": "somebody"},
        {"client_name": "x"},
    ],
)
def test_what_is_wrong_or_not_theirs_to_say_is_refused(api, person, body):
    assert 400 == api.post(OWN, headers=person.headers, json=body).status_code
    assert [] == api.get(OWN, headers=person.headers).json()["clients"]


def test_nobody_has_more_than_anybody_may(web, database, api, person):
    with AsgiClient(create_api(replace(web, clients_per_user=1)), base_url="http://localhost:8000") as bounded:
        statuses = [bounded.post(OWN, headers=person.headers, json=BODY).status_code for _ in range(2)]

    assert [201, 409] == statuses


def test_only_the_owner_connects_a_client_until_it_is_shared(api, web, database, person, other_person):
    """Decision 0029; what the promotion allowed ends with it."""
    client_id = api.post(OWN, headers=person.headers, json=BODY).json()["client_id"]

    def share(*, shared: bool) -> None:
        changes = ClientChanges(shared=shared)
        update_client(database, client_id=client_id, changes=changes, now=NOW, context=HERE)
        web.server.stored_clients.forget(client_id)

    refused = authorize(api, other_person, client_id)
    assert (400, "access_denied") == (refused.status_code, refused.json()["error"])
    assert 200 == authorize(api, person, client_id).status_code
    share(shared=True)
    assert 200 == authorize(api, other_person, client_id).status_code
    assert api.get(OWN, headers=person.headers).json()["clients"][0]["shared"]
    share(shared=False)
    assert 400 == authorize(api, other_person, client_id).status_code
    assert 200 == authorize(api, person, client_id).status_code


def test_a_client_that_was_unshared_a_moment_ago_gives_no_code(api, web, database, person, other_person):
    """Past every cache: the record is read in the transaction that issues."""
    client_id = api.post(OWN, headers=person.headers, json=BODY).json()["client_id"]
    for shared in (True, False):
        update_client(database, client_id=client_id, changes=ClientChanges(shared=shared), now=NOW, context=HERE)
        if shared:
            assert 200 == authorize(api, other_person, client_id).status_code

    assert "access_denied" == authorize(api, other_person, client_id).json()["error"]


def test_a_dashboard_learns_whose_client_it_is(api, web, person, other_person, database):
    """Only its owner learns that they made it; to others it is an unverified app."""
    client_id = api.post(OWN, headers=person.headers, json=BODY).json()["client_id"]
    update_client(database, client_id=client_id, changes=ClientChanges(shared=True), now=NOW, context=HERE)
    query = an_authorization_request(client_id, CALLBACK)
    seen = [
        api.get("/api/oauth/authorize", headers=who.headers, params=query).json()["client"]
        for who in (person, other_person)
    ]

    assert [(True, False), (False, False)] == [(client["made_by_you"], client["verified"]) for client in seen]
