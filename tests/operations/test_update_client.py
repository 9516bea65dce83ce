"""An operator or an owner changes a stored client, and nothing they did not name."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from doorward.audit import AuditTag
from doorward.identity.records import User
from doorward.oauth.errors import OAuthError
from doorward.oauth.records import Client, ClientOrigin
from doorward.oauth.scope import Scope
from doorward.operations.find_client import find_client
from doorward.operations.list_connections import list_connections
from doorward.operations.rotate_client_secret import rotate_client_secret
from doorward.operations.update_client import ClientChanges, update_client
from doorward.storage import Database
from tests.builders import (
    HERE,
    NOW,
    a_claim,
    a_client,
    audited,
    given_a_code,
    given_a_plain_user,
    given_an_authorization,
    race,
)
from tests.signing_clients import Signer


def given(database: Database, **members: object) -> Client:
    client = a_client(**members)
    database.write(lambda stores: stores.clients.add(client))
    return client


def updated(database: Database, client: Client, owner_id: str | None = None, **changes: object) -> Client | None:
    return update_client(
        database,
        client_id=client.client_id,
        changes=ClientChanges(**changes),  # pyright: ignore[reportArgumentType]
        scopes_supported=Scope.of(["mcp"]),
        owner_id=owner_id,
        now=NOW,
        context=HERE,
    )


def test_what_is_named_changes_and_everything_else_stays(database: Database):
    client = given(database, client_name="before", scope=Scope.of(["mcp"]), trusted=True)
    changed = updated(database, client, name="after", scope="")

    assert (
        replace(client, client_name="after", scope=None) == changed == find_client(database, client_id=client.client_id)
    )
    (event,) = audited(database, AuditTag.CLIENT_UPDATED)
    assert ("operator", "client_name scope") == (event.detail["by"], event.detail["changed"])


def test_nothing_named_changes_and_tells_nothing(database: Database):
    client = given(database)

    assert client == updated(database, client)
    assert [] == audited(database, AuditTag.CLIENT_UPDATED)


def test_two_changes_at_once_undo_nothing_of_each_other(database: Database):
    client = given(database)
    changes: list[dict[str, Any]] = [{"name": "new"}, {"trusted": True}, {"redirect_uris": ("https://new.example/cb",)}]
    race(3, lambda number: updated(database, client, **changes[number]))
    after = find_client(database, client_id=client.client_id)

    assert after is not None
    assert ("new", True, ("https://new.example/cb",)) == (after.client_name, after.trusted, after.redirect_uris)


@pytest.mark.parametrize(
    "changes",
    [
        {"name": ""},
        {"name": "x" * 101},
        {"redirect_uris": ()},
        {"redirect_uris": ("javascript:x",)},
        {"grant_types": ("password",)},
        {"auth_method": "none"},
        {"auth_method": "magic"},
        {"scope": "admin"},
        {"shared": True},
    ],
)
def test_what_cannot_be_changes_nothing(database: Database, changes):
    client = given(database, token_endpoint_auth_method="client_secret_basic", client_secret_hashes=(b"secret",))

    with pytest.raises(OAuthError):
        updated(database, client, **changes)
    assert client == find_client(database, client_id=client.client_id)
    assert [] == audited(database, AuditTag.CLIENT_UPDATED)


@pytest.mark.parametrize("changes", [{"trusted": True}, {"scope": "mcp"}])
@pytest.mark.parametrize("origin", [ClientOrigin.USER, ClientOrigin.DYNAMIC, ClientOrigin.SEED])
def test_only_operators_clients_are_trusted_or_held_to_a_scope(database: Database, origin, changes):
    """Nobody else vouched for them."""
    client = given(database, origin=origin)

    with pytest.raises(OAuthError):
        updated(database, client, **changes)


def test_the_credential_may_be_presented_in_the_other_way(database: Database):
    client = given(database, token_endpoint_auth_method="client_secret_basic", client_secret_hashes=(b"secret",))
    changed = updated(database, client, auth_method="client_secret_post")

    assert changed is not None
    assert ("client_secret_post", (b"secret",)) == (changed.token_endpoint_auth_method, changed.client_secret_hashes)


def test_an_owner_changes_their_own_clients_only(database: Database):
    """Object-level authorization (ASVS 8.2.2)."""
    own, other, operators = (given(database, owner_id=owner) for owner in ("me", "you", None))

    assert updated(database, own, owner_id="me", name="new") is not None
    assert [None, None] == [updated(database, client, owner_id="me", name="new") for client in (other, operators)]
    assert updated(database, a_client(), name="new") is None


def test_a_client_that_is_no_longer_shared_is_its_owners_again(database: Database):
    """Everybody else's connections end in the same transaction."""
    owner, guest = given_a_plain_user(database), given_a_plain_user(database)
    client = given(database, origin=ClientOrigin.USER, owner_id=owner.id)
    shared = updated(database, client, shared=True)
    for user in (owner, guest):
        given_an_authorization(database, user, client_id=client.client_id)
    unshared = updated(database, client, shared=False)

    assert shared is not None
    assert unshared is not None
    assert (True, False) == (shared.may_be_used_by(guest.id), unshared.may_be_used_by(guest.id))
    assert [1, 0] == [len(list_connections(database, user_id=user.id, now=NOW)) for user in (owner, guest)]
    assert 1 == audited(database, AuditTag.CLIENT_UPDATED)[-1].detail["authorizations"]


def a_shared_client(database: Database, **members: object) -> tuple[Client, User, User]:
    """One that its owner and somebody else are connected with."""
    owner, guest = given_a_plain_user(database), given_a_plain_user(database)
    own = {"origin": ClientOrigin.USER, "owner_id": owner.id, "client_name": "Notes", "shared_at": NOW}
    client = given(database, **own, **members)
    for user in (owner, guest):
        given_an_authorization(database, user, client_id=client.client_id)
    return client, owner, guest


@pytest.mark.parametrize(
    "changes",
    [
        {"name": "Payroll"},
        {"redirect_uris": ("https://attacker.example/cb",)},
        {"redirect_uris": ("https://client.example/callback", "https://attacker.example/cb")},
    ],
)
def test_what_an_administrator_shared_is_not_what_its_owner_makes_of_it(database: Database, changes):
    """Sharing was for the client that the administrator saw."""
    client, owner, guest = a_shared_client(database)
    changed = updated(database, client, owner_id=owner.id, **changes)

    assert changed is not None
    assert (None, False) == (changed.shared_at, changed.may_be_used_by(guest.id))
    assert [1, 0] == [len(list_connections(database, user_id=user.id, now=NOW)) for user in (owner, guest)]
    detail = audited(database, AuditTag.CLIENT_UPDATED)[-1].detail
    assert ("owner", True, 1) == (detail["by"], "shared_at" in str(detail["changed"]), detail["authorizations"])


@pytest.mark.parametrize(
    ("by_owner", "changes"),
    [
        (True, {"name": "Notes", "redirect_uris": ("https://client.example/callback",)}),
        (True, {"grant_types": ("authorization_code",)}),
        (True, {"grant_types": ("refresh_token", "authorization_code")}),
        (False, {"name": "Payroll", "redirect_uris": ("https://new.example/cb",)}),
    ],
)
def test_what_is_the_same_to_people_or_an_administrators_own_change_stays_shared(
    database: Database, by_owner: bool, changes
):
    client, owner, guest = a_shared_client(database)
    changed = updated(database, client, owner_id=owner.id if by_owner else None, **changes)

    assert changed is not None
    assert NOW == changed.shared_at
    assert 1 == len(list_connections(database, user_id=guest.id, now=NOW))


SIGNS = {"token_endpoint_auth_method": "private_key_jwt", "jwks_uri": "https://client.example/jwks.json"}
CODE = ("authorization_code",)


@pytest.mark.parametrize(
    ("members", "changes"),
    [
        (SIGNS, {"jwks_uri": "https://attacker.example/jwks.json"}),
        (SIGNS, {"jwks": Signer.new("https://mcp.example").jwks}),
        ({"grant_types": CODE}, {"grant_types": (*CODE, "refresh_token")}),
    ],
    ids=["keys elsewhere", "other keys", "a grant more"],
)
def test_other_keys_or_a_grant_more_from_its_owner_end_sharing(
    database: Database, members: dict[str, object], changes: dict[str, object]
):
    """Whoever was shared with agreed to what the administrator had looked at."""
    client, owner, guest = a_shared_client(database, **members)
    changed = updated(database, client, owner_id=owner.id, **changes)

    assert changed is not None
    assert changed.shared_at is None
    assert [1, 0] == [len(list_connections(database, user_id=user.id, now=NOW)) for user in (owner, guest)]


def test_a_new_secret_ends_no_sharing(database: Database):
    """It is made here and shown to the same person; who hesitates to replace a leaked one helps nobody."""
    secret = {"token_endpoint_auth_method": "client_secret_basic", "client_secret_hashes": (b"secret",)}
    client, owner, guest = a_shared_client(database, **secret)
    rotated = rotate_client_secret(
        database, client_id=client.client_id, overlap=timedelta(0), owner_id=owner.id, now=NOW, context=HERE
    )

    assert rotated is not None
    assert NOW == rotated[0].shared_at
    assert 1 == len(list_connections(database, user_id=guest.id, now=NOW))


def test_codes_of_a_removed_redirect_uri_are_void_and_the_others_work(database: Database):
    """Whoever lost the address must not redeem what was still on its way there."""
    uris = ("https://client.example/callback", "https://gone.example/cb")
    client = given(database, client_id="dwd_client", redirect_uris=uris)
    kept, gone = (given_a_code(database, redirect_uri=uri) for uri in uris)
    assert updated(database, client, redirect_uris=uris[:1]) is not None

    assert database.token_path.redeem_code(a_claim(gone), NOW) is None
    assert database.token_path.redeem_code(a_claim(kept), NOW) is not None
