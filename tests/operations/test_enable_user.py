"""Enabling an account again."""

from doorward.audit import AuditTag
from doorward.operations.disable_user import disable_user
from doorward.operations.enable_user import enable_user
from doorward.operations.list_connections import list_connections
from tests.builders import AN_EMAIL, HERE, NOW, audited, given_a_user, given_an_authorization, sign_in_with


def test_an_enabled_account_can_sign_in_again_and_what_ended_stays_ended(database):
    """Nothing that was revoked comes back."""
    user = given_a_user(database)
    given_an_authorization(database, user)
    disable_user(database, email=AN_EMAIL, now=NOW, context=HERE)

    assert enable_user(database, email="ADA@example.org", now=NOW, context=HERE)

    _, signed_in = sign_in_with(database)
    assert user.id == signed_in.user.id
    assert [] == list(list_connections(database, user_id=user.id, now=NOW))
    (event,) = audited(database, AuditTag.USER_ENABLED)
    assert (user.id, HERE, {"by": "operator"}) == (event.user_id, event.context, event.detail)


def test_enabling_who_is_enabled_or_nobody_does_nothing(database):
    """And is not audited."""
    given_a_user(database)

    for email in (AN_EMAIL, "nobody@example.org", "not an address"):
        assert not enable_user(database, email=email, now=NOW, context=HERE)
    assert [] == audited(database, AuditTag.USER_ENABLED)
