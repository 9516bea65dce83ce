"""The Authorization store: the unit of revocation."""

from dataclasses import replace
from datetime import timedelta

import pytest

from doorward.oauth.records import Authorization, ClientUse
from doorward.oauth.scope import Scope
from doorward.storage import Database
from tests.builders import NOW, an_authorization, given_a_plain_user, given_an_authorization, race

LATER = NOW + timedelta(hours=1)


def found(database: Database, authorization: Authorization) -> Authorization | None:
    return database.read(lambda stores: stores.authorizations.find_by_public_id(authorization.public_id))


def test_an_authorization_is_found_as_it_was_added(database: Database):
    user = given_a_plain_user(database)
    authorization = given_an_authorization(
        database,
        user,
        scope=Scope.of(["mcp", "offline_access"]),
        refresh_current=7,
        refresh_predecessor=6,
        rotated_at=NOW,
        restored=True,
        client_name=None,
    )

    assert authorization == found(database, authorization)
    assert authorization == database.read(
        lambda stores: stores.authorizations.find_by_interaction(authorization.interaction_id)
    )
    assert authorization == database.token_path.explain_refresh_token(authorization.id)


def test_the_people_of_a_client_are_counted(database: Database):
    """Each once however often they connected; what ended, is not redeemed yet or is another's does not count."""
    ada, eve = (given_a_plain_user(database, email=f"{name}@example.org") for name in ("ada", "eve"))
    for user, given in (
        (ada, {}),
        (ada, {}),
        (eve, {}),
        (eve, {"client_id": "another"}),
        (eve, {"activated_at": None}),
        (eve, {"revoked_at": NOW}),
        (eve, {"expires_at": NOW}),
    ):
        given_an_authorization(database, user, **{"client_id": "one", **given})

    def counted(client_id: str) -> ClientUse:
        return database.read(lambda stores: stores.authorizations.count_of_client(client_id, NOW))

    assert [ClientUse(2, 3), ClientUse(0, 0), ClientUse(0, 0)] == [counted("one"), counted("none"), counted("\0")]


def test_what_is_unknown_is_not_found(database: Database):
    for unknown in ("nothing", "\x00", "\udfff"):
        assert database.read(lambda stores, it=unknown: stores.authorizations.find_by_public_id(it)) is None
        assert database.read(lambda stores, it=unknown: stores.authorizations.find_by_interaction(it)) is None
    assert database.token_path.explain_refresh_token(b"nothing") is None


def test_an_interaction_has_one_authorization(database: Database):
    user = given_a_plain_user(database)
    first = given_an_authorization(database, user)

    with pytest.raises(ValueError, match="already"):
        given_an_authorization(database, user, interaction_id=first.interaction_id)


def test_a_refused_insert_leaves_the_unit_alive(database: Database):
    user = given_a_plain_user(database)
    first = given_an_authorization(database, user)
    second = an_authorization(user.id)

    def unit(stores):
        with pytest.raises(ValueError, match="already"):
            stores.authorizations.add(replace(second, interaction_id=first.interaction_id))
        stores.authorizations.add(second)

    database.write(unit)

    assert second == found(database, second)


def test_of_racing_clicks_on_one_form_one_makes_the_authorization(database: Database):
    """A consent form makes one Authorization, however often and however fast it is sent (T15)."""
    user = given_a_plain_user(database)

    outcomes = race(20, lambda _: given_an_authorization(database, user, interaction_id="one form"))

    assert 1 == sum(isinstance(outcome, Authorization) for outcome in outcomes)
    assert 19 == sum(isinstance(outcome, ValueError) for outcome in outcomes)


def test_an_authorization_needs_a_user_who_may_sign_in(database: Database):
    with pytest.raises(LookupError):
        database.write(lambda stores: stores.authorizations.add(an_authorization("nobody")))

    disabled = given_a_plain_user(database, disabled_at=NOW)
    with pytest.raises(LookupError):
        given_an_authorization(database, disabled)


def test_disabling_a_user_leaves_no_authorization_alive_even_in_a_race(database: Database):
    """Whoever is disabled while a consent form is sent has nothing afterwards (threats.md S36)."""
    users = [given_a_plain_user(database) for _ in range(10)]

    def go(number: int) -> None:
        user = users[number // 2]
        if number % 2:
            given_an_authorization(database, user)
            return

        def disable(stores):
            stores.users.disable(user.id, LATER)
            stores.authorizations.revoke_of_user(user.id, at=LATER, reason="disabled")

        database.write(disable)

    race(20, go)

    for user in users:
        assert [] == database.read(lambda stores, it=user.id: stores.authorizations.list_connected(it, NOW))


def test_a_user_sees_what_is_connected_newest_first(database: Database):
    user, other = given_a_plain_user(database), given_a_plain_user(database)
    older = given_an_authorization(database, user, created_at=NOW - timedelta(days=1))
    newer = given_an_authorization(database, user)
    given_an_authorization(database, user, activated_at=None)
    given_an_authorization(database, user, revoked_at=NOW, revoked_reason="disconnected")
    given_an_authorization(database, user, expires_at=NOW)
    given_an_authorization(database, other)

    assert [newer, older] == database.read(lambda stores: stores.authorizations.list_connected(user.id, NOW))


def test_an_authorization_is_revoked_once(database: Database):
    authorization = given_an_authorization(database, given_a_plain_user(database))

    def revoke(at, reason):
        return database.write(lambda stores: stores.authorizations.revoke(authorization.id, at=at, reason=reason))

    assert revoke(NOW, "disconnected")
    assert not revoke(LATER, "again")
    assert replace(authorization, revoked_at=NOW, revoked_reason="disconnected") == found(database, authorization)


def test_everything_of_a_user_is_revoked_and_nothing_of_another(database: Database):
    user, other = given_a_plain_user(database), given_a_plain_user(database)
    own = [given_an_authorization(database, user) for _ in range(3)]
    kept = given_an_authorization(database, other)
    database.write(lambda stores: stores.authorizations.revoke(own[0].id, at=NOW, reason="before"))

    count = database.write(lambda stores: stores.authorizations.revoke_of_user(user.id, at=LATER, reason="disabled"))

    assert 2 == count
    assert kept == found(database, kept)
    assert ["before", "disabled", "disabled"] == [
        it.revoked_reason for authorization in own if (it := found(database, authorization))
    ]


def test_everything_of_a_client_is_revoked_and_nothing_of_another(database: Database):
    user = given_a_plain_user(database)
    given_an_authorization(database, user, client_id="evil")
    kept = given_an_authorization(database, user, client_id="Evil")

    assert 1 == database.write(lambda stores: stores.authorizations.revoke_of_client("evil", at=NOW, reason="blocked"))
    assert kept == found(database, kept)


def test_everything_that_answered_to_a_host_is_revoked(database: Database):
    user = given_a_plain_user(database)
    for uri in ("https://Evil.example/a", "https://evil.example:8443/b", "evil.example:/c"):
        given_an_authorization(database, user, redirect_uri=uri)
    kept = given_an_authorization(database, user, redirect_uri="https://not-evil.example/evil.example")

    count = database.write(
        lambda stores: stores.authorizations.revoke_of_redirect_host("EVIL.example", at=NOW, reason="blocked")
    )

    assert 2 == count
    assert kept == found(database, kept)


def test_after_a_restore_older_authorizations_may_jump_ahead(database: Database):
    user = given_a_plain_user(database)
    older = given_an_authorization(database, user, created_at=NOW - timedelta(seconds=1))
    newer = given_an_authorization(database, user, created_at=NOW)
    revoked = given_an_authorization(database, user, created_at=NOW - timedelta(days=1), revoked_at=NOW)

    count = database.write(lambda stores: stores.authorizations.allow_jump(created_before=NOW))

    assert 1 == count
    assert replace(older, restored=True) == found(database, older)
    assert newer == found(database, newer)
    assert revoked == found(database, revoked)
