"""After a restore from a backup."""

from datetime import timedelta

import pytest

from doorward.audit import AuditTag
from doorward.operations.mark_restored import mark_restored
from tests.builders import HERE, NOW, audited, given_a_user, given_an_authorization


def test_after_a_restore_the_older_authorizations_may_jump_ahead_once(database):
    """Those made before the backup, since later ones are gone with it."""
    user = given_a_user(database)
    old = given_an_authorization(database, user, created_at=NOW - timedelta(days=2))
    new = given_an_authorization(database, user, created_at=NOW)

    count = mark_restored(database, backup_time=NOW - timedelta(days=1), now=NOW, context=HERE)

    def restored(authorization) -> bool:
        found = database.read(lambda stores: stores.authorizations.find_by_public_id(authorization.public_id))
        return found.restored

    assert 1 == count
    assert (True, False) == (restored(old), restored(new))
    (event,) = audited(database, AuditTag.DATABASE_RESTORED)
    assert 1 == event.detail["authorizations"]


def test_a_backup_from_the_future_is_refused(database):
    """A mistyped year would let every Authorization jump."""
    with pytest.raises(ValueError, match="future"):
        mark_restored(database, backup_time=NOW + timedelta(seconds=1), now=NOW, context=HERE)
