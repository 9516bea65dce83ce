"""Redemption: a code works once, for the request it was made for, and a refused one has changed nothing."""

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from doorward.audit import AuditEvent, AuditTag
from doorward.oauth.ports import MAX_FAILED_REDEMPTIONS, CodeClaim, Redeemed
from doorward.oauth.records import Authorization, AuthorizationCode
from doorward.oauth.scope import Scope
from doorward.storage import Database
from tests.builders import (
    HERE,
    NOW,
    a_claim,
    a_code,
    an_unopened_authorization,
    audited,
    given_a_code,
    given_a_plain_user,
    race,
    what_is_redeemed,
)

MICROSECOND = timedelta(microseconds=1)


def explained(database: Database, code: AuthorizationCode) -> tuple[AuthorizationCode, Authorization]:
    found = database.token_path.explain_code(code.code_hash)
    assert found is not None
    return found


def refuses(database: Database, code: AuthorizationCode, claim: CodeClaim, now=NOW) -> bool:
    """Whether the claim is refused and nothing at all has changed."""
    before = explained(database, code)
    refused = database.token_path.redeem_code(claim, now) is None
    return refused and before == explained(database, code) and [] == audited(database, AuditTag.CODE_REDEEMED)


def test_a_redeemed_code_opens_its_authorization(database: Database):
    """One statement consumes the code, opens the Authorization and writes the audit event."""
    user = given_a_plain_user(database)
    authorization = an_unopened_authorization(user.id, scope=Scope.of(["mcp", "offline_access"]), auth_time=NOW)
    code = a_code(authorization)
    database.write(lambda stores: (stores.authorizations.add(authorization), stores.codes.add(code)))
    later = NOW + timedelta(seconds=1, microseconds=1)

    redeemed = database.token_path.redeem_code(a_claim(code), later)

    expected = what_is_redeemed(authorization, generation=1)
    opened = replace(authorization, activated_at=later, last_used_at=later, rotated_at=later, refresh_current=1)
    event = AuditEvent(
        tag=AuditTag.CODE_REDEEMED,
        at=later,
        user_id=user.id,
        client_id=authorization.client_id,
        authorization=authorization.public_id,
        context=HERE,
    )
    assert expected == redeemed
    assert (replace(code, consumed_at=later), opened) == explained(database, code)
    assert [event] == audited(database, AuditTag.CODE_REDEEMED)


def test_fifty_racers_redeem_one_code_once(database: Database):
    """An authorization code works once, even under a race (RFC 6749 §4.1.2, §10.5; threats.md S20)."""
    code = given_a_code(database)

    outcomes = race(50, lambda _: database.token_path.redeem_code(a_claim(code), NOW))

    assert 1 == sum(isinstance(outcome, Redeemed) for outcome in outcomes)
    assert 49 == outcomes.count(None)
    assert 1 == len(audited(database, AuditTag.CODE_REDEEMED))


def test_a_code_is_refused_the_second_time(database: Database):
    code = given_a_code(database)
    assert database.token_path.redeem_code(a_claim(code), NOW)
    before = explained(database, code)

    assert database.token_path.redeem_code(a_claim(code), NOW + timedelta(seconds=1)) is None
    assert before == explained(database, code)


@pytest.mark.parametrize(
    "wrong",
    [
        {"code_hash": b"another"},
        {"client_id": "another"},
        {"client_id": "DWD_CLIENT"},
        {"redirect_uri": "https://client.example/callback/"},
        {"redirect_uri": ""},
        {"redirect_uri": "\x00"},
        {"code_challenge": "x" * 43},
        {"code_challenge": ""},
        {"resource": "https://mcp.example/http/"},
        {"resource": "\ud800"},
        {"client_id": "\x00"},
    ],
    ids=repr,
)
def test_a_claim_that_differs_in_one_value_changes_nothing(database: Database, wrong: dict[str, object]):
    """What a stranger can get wrong consumes nothing (threats.md S02, S21, S25)."""
    code = given_a_code(database)

    assert refuses(database, code, a_claim(code, **wrong))
    assert database.token_path.redeem_code(a_claim(code), NOW)


def test_a_claim_may_leave_the_redirect_uri_and_the_resource_out(database: Database):
    """OAuth 2.1 §10.2; RFC 8707 §2.2."""
    code = given_a_code(database)

    assert database.token_path.redeem_code(a_claim(code, redirect_uri=None, resource=None), NOW)


@pytest.mark.parametrize(
    "state",
    [
        {"consumed_at": NOW},
        {"voided_at": NOW},
        {"expires_at": NOW},
        {"expires_at": NOW - MICROSECOND},
        {"failed_attempts": MAX_FAILED_REDEMPTIONS},
        {"failed_attempts": MAX_FAILED_REDEMPTIONS + 1},
    ],
    ids=repr,
)
def test_a_code_that_is_over_changes_nothing(database: Database, state: dict[str, object]):
    code = given_a_code(database, **state)

    assert refuses(database, code, a_claim(code))


@pytest.mark.parametrize(
    "state", [{"expires_at": NOW + MICROSECOND}, {"failed_attempts": MAX_FAILED_REDEMPTIONS - 1}], ids=repr
)
def test_a_code_is_alive_to_its_last_moment_and_last_failure(database: Database, state: dict[str, object]):
    code = given_a_code(database, **state)

    assert database.token_path.redeem_code(a_claim(code), NOW)


def test_a_code_of_a_revoked_authorization_is_not_consumed(database: Database):
    """A user or client disabled between consent and exchange gets nothing (threats.md S36)."""
    code = given_a_code(database)
    database.write(lambda stores: stores.authorizations.revoke(code.authorization_id, at=NOW, reason="disabled"))

    assert refuses(database, code, a_claim(code))


def test_of_a_revocation_and_a_redemption_that_race_there_is_no_middle(database: Database):
    """Either the code was redeemed before the revocation, or it is as it was: never consumed for nothing."""
    codes = [given_a_code(database) for _ in range(25)]

    def go(number: int) -> object:
        code = codes[number // 2]
        if number % 2:
            return database.token_path.redeem_code(a_claim(code), NOW)
        return database.write(
            lambda stores: stores.authorizations.revoke(code.authorization_id, at=NOW, reason="disabled")
        )

    outcomes = race(50, go)

    assert [True] * 25 == outcomes[::2]
    for code, redeemed in zip(codes, outcomes[1::2], strict=True):
        after, authorization = explained(database, code)
        assert (redeemed is None) == (after.consumed_at is None) == (authorization.activated_at is None)
        assert authorization.revoked_at == NOW


def test_a_revocation_that_is_not_committed_yet_is_waited_for(postgres_database: Database):
    """The verdict is the row's own under its lock, not that of the statement's snapshot."""
    database = postgres_database
    code = given_a_code(database)
    outcomes: list[object] = []

    def revoke_slowly(stores) -> None:
        stores.authorizations.revoke(code.authorization_id, at=NOW, reason="disabled")
        racer.start()
        wait_until(lambda: blocked_statements(stores) > 0)

    racer = threading.Thread(target=lambda: outcomes.append(database.token_path.redeem_code(a_claim(code), NOW)))
    database.write(revoke_slowly)
    racer.join()

    assert [None] == outcomes
    assert explained(database, code)[0].consumed_at is None


def blocked_statements(stores) -> int:
    text = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    stores.connection.exec_driver_sql("SELECT pg_stat_clear_snapshot()")  # a transaction sees its first look only
    return stores.connection.exec_driver_sql(text).scalar_one()


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.01)


def test_two_sides_of_a_redirect_uri_with_odd_characters_are_compared_as_they_are(database: Database):
    """Strings are compared as received: no normalisation, no wildcard, no case folding."""
    uri = "https://client.example/%7Ea/../_b?x=100%25&y=%2F"
    code = given_a_code(database, redirect_uri=uri)

    for other in (uri.upper(), uri.replace("%7E", "~"), uri.replace("_", "x"), uri.replace("/../", "/")):
        assert refuses(database, code, a_claim(code, redirect_uri=other))
    assert database.token_path.redeem_code(a_claim(code), NOW)
