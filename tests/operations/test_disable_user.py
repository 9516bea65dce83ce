"""Disabling an account."""

import pytest

from doorward.audit import AuditTag
from doorward.operations.create_api_key import create_api_key
from doorward.operations.disable_user import LastAdministrator, disable_user
from doorward.operations.enable_user import enable_user
from doorward.operations.find_api_key import find_api_key
from doorward.operations.find_user_by_email import find_user_by_email
from doorward.operations.list_connections import list_connections
from tests.builders import AN_EMAIL, HERE, NOW, audited, given_a_user, given_an_authorization, sign_in_with


def test_everything_that_hangs_from_the_account_ends_with_it(database):
    """Sessions, Authorizations and API keys, in one transaction (ASVS 7.4.2, S36)."""
    user, other = given_a_user(database), given_a_user(database, email="eve@example.org")
    authorization = given_an_authorization(database, user)
    others = given_an_authorization(database, other)
    key, record = create_api_key(
        database, user_id=user.id, name="laptop", scope="mcp", resource="r", now=NOW, context=HERE
    )
    sign_in_with(database)

    assert disable_user(database, email="ADA@example.org", now=NOW, context=HERE)

    stored = find_user_by_email(database, email=AN_EMAIL)
    assert stored is not None
    assert NOW == stored.disabled_at
    assert [] == list(list_connections(database, user_id=user.id, now=NOW))
    assert find_api_key(database, key=key.reveal(), now=NOW) is None
    assert {authorization.public_id, record.public_id} == {
        revocation.public_id for revocation in database.revocations.revoked_after(NOW)
    }
    (event,) = audited(database, AuditTag.USER_DISABLED)
    assert (user.id, HERE) == (event.user_id, event.context)
    assert {"sessions": 1, "authorizations": 1, "api_keys": 1, "clients": 0} == event.detail
    assert [others.public_id] == [a.public_id for a in list_connections(database, user_id=other.id, now=NOW)]


def test_disabling_twice_or_nobody_does_nothing(database):
    """And is not audited."""
    given_a_user(database)
    disable_user(database, email=AN_EMAIL, now=NOW, context=HERE)

    assert not disable_user(database, email=AN_EMAIL, now=NOW, context=HERE)
    assert not disable_user(database, email="nobody@example.org", now=NOW, context=HERE)
    assert not disable_user(database, email="not an address", now=NOW, context=HERE)
    assert 1 == len(audited(database, AuditTag.USER_DISABLED))


def test_the_last_enabled_administrator_is_disabled_only_on_purpose(database):
    """Those who are disabled do not count, and ordinary accounts do not either."""
    given_a_user(database, is_administrator=True)
    given_a_user(database, email="second@example.org", is_administrator=True)
    given_a_user(database, email="eve@example.org")

    def disable(email: str, *, even_last: bool = False) -> bool:
        return disable_user(database, email=email, even_last=even_last, now=NOW, context=HERE)

    assert disable("second@example.org")
    with pytest.raises(LastAdministrator):
        disable(AN_EMAIL)
    assert disable("eve@example.org")
    assert enable_user(database, email="second@example.org", now=NOW, context=HERE)
    assert disable(AN_EMAIL)
    assert disable("second@example.org", even_last=True)
