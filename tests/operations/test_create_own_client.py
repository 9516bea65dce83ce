"""A person makes a client for themself, as many as anybody may have, and it ends with their account."""

from typing import Any

import pytest

from doorward.audit import AuditTag
from doorward.oauth.errors import OAuthError
from doorward.oauth.records import ClientOrigin
from doorward.operations.create_own_client import TooManyClients, create_own_client
from doorward.operations.delete_client import delete_client
from doorward.operations.disable_user import disable_user
from doorward.operations.list_connections import list_connections
from doorward.operations.list_own_clients import list_own_clients
from doorward.storage import Database
from tests.builders import HERE, NOW, audited, given_a_plain_user, given_an_authorization, race


def made(database: Database, user_id: str, **given: object):
    arguments: dict[str, Any] = {
        "name": "Automation",
        "redirect_uris": ["https://automation.example/cb"],
        "auth_method": "client_secret_post",
        "at_most": 3,
        "now": NOW,
        "context": HERE,
        **given,
    }
    return create_own_client(database, user_id=user_id, **arguments)


@pytest.mark.parametrize(("method", "has_secret"), [("none", False), ("client_secret_basic", True)])
def test_a_client_is_its_owners_alone_and_never_trusted(database: Database, method: str, has_secret: bool):
    user = given_a_plain_user(database)
    client, secret = made(database, user.id, auth_method=method)

    assert [client] == list_own_clients(database, user_id=user.id)
    assert has_secret == (secret is not None)
    assert (ClientOrigin.USER, False, True, False) == (
        client.origin,
        client.trusted,
        client.may_be_used_by(user.id),
        client.may_be_used_by("somebody else"),
    )
    (event,) = audited(database, AuditTag.CLIENT_REGISTERED)
    assert (user.id, "owner") == (event.user_id, event.detail["by"])


@pytest.mark.parametrize(
    "given",
    [
        {"name": ""},
        {"name": "\u200b"},
        {"redirect_uris": []},
        {"redirect_uris": ["https://automation.example/cb", "data:x"]},
        {"auth_method": "private_key_jwt"},
        {"auth_method": "magic"},
    ],
)
def test_what_is_wrong_is_refused(database: Database, given):
    user = given_a_plain_user(database)

    with pytest.raises(OAuthError):
        made(database, user.id, **given)
    assert [] == list_own_clients(database, user_id=user.id)


def test_nobody_has_more_than_anybody_may_even_in_a_race(database: Database):
    user, other = given_a_plain_user(database), given_a_plain_user(database)
    outcomes = race(6, lambda _: made(database, user.id))

    assert 3 == sum(isinstance(outcome, TooManyClients) for outcome in outcomes)
    assert 3 == len(list_own_clients(database, user_id=user.id))
    made(database, other.id)
    assert 1 == len(list_own_clients(database, user_id=other.id))


def test_a_disabled_person_makes_none(database: Database):
    user = given_a_plain_user(database, disabled_at=NOW)

    with pytest.raises(LookupError):
        made(database, user.id)


def test_disabling_a_person_ends_their_clients_and_everybodys_connections_with_them(database: Database):
    owner, guest = given_a_plain_user(database), given_a_plain_user(database)
    client, _ = made(database, owner.id)
    for user in (owner, guest):
        given_an_authorization(database, user, client_id=client.client_id)
    kept = given_an_authorization(database, guest)

    assert disable_user(database, email=owner.email, now=NOW, context=HERE)

    assert [] == list_own_clients(database, user_id=owner.id)
    assert [kept.public_id] == [c.public_id for c in list_connections(database, user_id=guest.id, now=NOW)]
    (event,) = audited(database, AuditTag.USER_DISABLED)
    assert (1, 2) == (event.detail["clients"], event.detail["authorizations"])


def test_a_person_who_is_disabled_while_making_one_keeps_none(database: Database):
    """Whoever comes second waits for the first, and then finds the client or the end of the account."""
    for _ in range(5):
        user = given_a_plain_user(database)
        steps = [
            lambda user=user: made(database, user.id),
            lambda user=user: disable_user(database, email=user.email, now=NOW, context=HERE),
        ]
        race(2, lambda number, steps=steps: steps[number]())
        assert [] == list_own_clients(database, user_id=user.id)


def test_an_owner_deletes_their_own_client_only(database: Database):
    user, other = given_a_plain_user(database), given_a_plain_user(database)
    client, _ = made(database, user.id)

    def delete(owner_id: str) -> bool:
        return delete_client(database, client_id=client.client_id, owner_id=owner_id, now=NOW, context=HERE)

    assert [False, True, False] == [delete(other.id), delete(user.id), delete(user.id)]
    (event,) = audited(database, AuditTag.CLIENT_DELETED)
    assert (user.id, "owner") == (event.user_id, event.detail["by"])
