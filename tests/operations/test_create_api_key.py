"""The life of an MCP API key."""

from typing import Any

import pytest

from doorward.audit import AuditTag
from doorward.identity.api_keys import MAX_API_KEYS, ApiKeyRefused
from doorward.identity.records import ApiKey
from doorward.kit.secrets import Secret
from doorward.operations.create_api_key import create_api_key
from doorward.operations.disable_user import disable_user
from doorward.operations.find_api_key import find_api_key
from doorward.operations.list_api_keys import list_api_keys
from doorward.operations.revoke_api_key import revoke_api_key
from tests.builders import AN_EMAIL, HERE, NOW, audited, given_a_user

RESOURCE = "https://mcp.example/http"


def a_key(database, user, **given: object) -> tuple[Secret, ApiKey]:
    arguments: dict[str, Any] = {
        "name": "laptop",
        "scope": "mcp",
        "resource": RESOURCE,
        "now": NOW,
        "context": HERE,
        **given,
    }
    return create_api_key(database, user_id=user.id, **arguments)


def test_a_key_is_found_by_its_value_and_listed_without_it(database):
    """Shown once, hashed at rest."""
    user = given_a_user(database)
    secret, key = a_key(database, user)

    assert key == find_api_key(database, key=secret.reveal(), now=NOW)
    assert [key] == list(list_api_keys(database, user_id=user.id))
    assert ("mcp", RESOURCE) == (key.scope, key.resource)
    (event,) = audited(database, AuditTag.API_KEY_CREATED)
    assert (user.id, key.public_id) == (event.user_id, event.detail["api_key"])
    assert secret.reveal() not in repr([event, key])


@pytest.mark.parametrize("guess", ["", "dwk_", "dwk_guess", "dwn_guess", "dwk_\ud800"])
def test_a_guess_finds_nothing(database, guess):
    """Whatever it looks like."""
    a_key(database, given_a_user(database))

    assert find_api_key(database, key=guess, now=NOW) is None


def test_a_revoked_key_is_dead_and_in_the_feed(database):
    """Its holder is refused within seconds, everywhere."""
    user = given_a_user(database)
    secret, key = a_key(database, user)

    assert revoke_api_key(database, user_id=user.id, public_id=key.public_id, now=NOW, context=HERE)

    assert find_api_key(database, key=secret.reveal(), now=NOW) is None
    assert [] == list(list_api_keys(database, user_id=user.id))
    assert [key.public_id] == [r.public_id for r in database.revocations.revoked_after(NOW)]
    assert not revoke_api_key(database, user_id=user.id, public_id=key.public_id, now=NOW, context=HERE)
    assert 1 == len(audited(database, AuditTag.API_KEY_REVOKED))


def test_nobody_revokes_or_sees_anothers_key(database):
    """The owner is part of the statement."""
    user, other = given_a_user(database), given_a_user(database, email="eve@example.org")
    secret, key = a_key(database, user)

    assert not revoke_api_key(database, user_id=other.id, public_id=key.public_id, now=NOW, context=HERE)
    assert [] == list(list_api_keys(database, user_id=other.id))
    assert find_api_key(database, key=secret.reveal(), now=NOW) is not None


@pytest.mark.parametrize("given", [{"name": ""}, {"name": "x" * 81}, {"scope": 'a"b'}, {"scope": "é"}])
def test_an_unusable_name_or_scope_makes_no_key(database, given):
    """RFC 6749 §3.3 for the scope."""
    user = given_a_user(database)

    with pytest.raises(ApiKeyRefused):
        a_key(database, user, **given)
    assert [] == list(list_api_keys(database, user_id=user.id))


def test_a_disabled_or_unknown_user_makes_no_key(database):
    """A request that was on its way while the account was disabled."""
    user = given_a_user(database)
    disable_user(database, email=AN_EMAIL, now=NOW, context=HERE)

    with pytest.raises(ApiKeyRefused):
        a_key(database, user)
    with pytest.raises(ApiKeyRefused):
        create_api_key(database, user_id="nobody", name="n", scope="", resource="r", now=NOW, context=HERE)


def test_one_user_cannot_fill_the_table(database):
    """T8: every table that others can grow has a cap; a revoked key makes room."""
    user = given_a_user(database)
    keys = [a_key(database, user)[1] for _ in range(MAX_API_KEYS)]

    with pytest.raises(ApiKeyRefused, match="100 keys"):
        a_key(database, user)
    revoke_api_key(database, user_id=user.id, public_id=keys[0].public_id, now=NOW, context=HERE)

    a_key(database, user)
