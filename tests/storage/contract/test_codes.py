"""The code store: codes at rest, voided by a second click, counted when they are guessed at."""

from dataclasses import replace
from datetime import timedelta

from doorward.oauth.records import AuthorizationCode
from doorward.storage import Database
from tests.builders import (
    NOW,
    a_claim,
    a_code,
    an_unopened_authorization,
    given_a_code,
    given_a_plain_user,
    race,
)


def explained(database: Database, code: AuthorizationCode) -> AuthorizationCode | None:
    found = database.token_path.explain_code(code.code_hash)
    return found[0] if found else None


def test_a_code_is_explained_as_it_was_added_with_its_authorization(database: Database):
    authorization = an_unopened_authorization(given_a_plain_user(database).id)
    code = a_code(authorization, failed_attempts=3)
    database.write(lambda stores: (stores.authorizations.add(authorization), stores.codes.add(code)))

    assert (code, authorization) == database.token_path.explain_code(code.code_hash)


def test_an_unknown_code_has_no_explanation(database: Database):
    assert database.token_path.explain_code(b"unknown") is None


def test_a_failure_is_counted_where_it_is_stored(database: Database):
    code = given_a_code(database)

    race(10, lambda _: database.write(lambda stores: stores.codes.count_failure(code.code_hash)))

    assert replace(code, failed_attempts=10) == explained(database, code)


def test_a_second_click_voids_the_code_that_was_not_redeemed(database: Database):
    """The newer code is the only one that works (T15)."""
    code = given_a_code(database)

    assert database.write(lambda stores: stores.codes.void_unredeemed(code.authorization_id, at=NOW))
    assert replace(code, voided_at=NOW) == explained(database, code)
    assert database.token_path.redeem_code(a_claim(code), NOW) is None


def test_a_second_click_after_redemption_voids_nothing(database: Database):
    code = given_a_code(database)
    assert database.token_path.redeem_code(a_claim(code), NOW)

    assert not database.write(lambda stores: stores.codes.void_unredeemed(code.authorization_id, at=NOW))
    assert replace(code, consumed_at=NOW) == explained(database, code)


def test_a_voided_code_keeps_the_instant_it_was_voided_at(database: Database):
    code = given_a_code(database, voided_at=NOW)

    database.write(lambda stores: stores.codes.void_unredeemed(code.authorization_id, at=NOW + timedelta(seconds=1)))

    assert code == explained(database, code)


def test_of_racing_clicks_one_leaves_a_live_code(database: Database):
    """Two codes of one Authorization never live at once, whatever the order of the clicks."""
    first = given_a_code(database)
    again = [replace(first, code_hash=bytes([number]) * 32) for number in range(20)]

    def click(number: int) -> bool:
        def unit(stores):
            voided = stores.codes.void_unredeemed(first.authorization_id, at=NOW)
            if voided:
                stores.codes.add(again[number])
            return voided

        return database.write(unit)

    assert [True] * 20 == race(20, click)
    live = [code for code in (first, *again) if (it := explained(database, code)) and it.voided_at is None]
    assert 1 == len(live)


def test_of_a_click_and_a_redemption_that_race_only_one_wins(database: Database):
    codes = [given_a_code(database) for _ in range(10)]

    def go(number: int) -> bool:
        code = codes[number // 2]
        if number % 2:
            return database.token_path.redeem_code(a_claim(code), NOW) is not None
        return database.write(lambda stores: stores.codes.void_unredeemed(code.authorization_id, at=NOW))

    outcomes = race(20, go)

    for voided, redeemed in zip(outcomes[::2], outcomes[1::2], strict=True):
        assert {voided, redeemed} == {True, False}


def test_the_live_codes_of_removed_addresses_are_voided_and_no_others(database: Database):
    """A loopback address is one address on every port (RFC 8252 §7.3)."""
    kept_uris = ("https://client.example/callback", "http://127.0.0.1/cb")
    kept = [given_a_code(database), given_a_code(database, redirect_uri="http://127.0.0.1:49152/cb")]
    anothers = given_a_code(database, client_id="dwd_another", redirect_uri="https://gone.example/cb")
    redeemed = given_a_code(database, consumed_at=NOW, redirect_uri="https://gone.example/cb")
    removed = [given_a_code(database, redirect_uri=uri) for uri in ("https://gone.example/cb", "http://[::1]:4/cb")]
    database.write(lambda stores: stores.codes.void_of_removed_uris("dwd_client", kept_uris, at=NOW))

    for code in (*kept, anothers, redeemed):
        assert code == explained(database, code)
    for code in removed:
        assert replace(code, voided_at=NOW) == explained(database, code)
        assert database.token_path.redeem_code(a_claim(code), NOW) is None
