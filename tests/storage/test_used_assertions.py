"""An assertion authenticates one claim: it is used up in the statement that accepts what it claims."""

import asyncio
from collections.abc import Callable
from datetime import timedelta

import pytest

from doorward.audit import AuditTag
from doorward.oauth.ports import Claim, CodeClaim, Redeemed
from doorward.oauth.records import UsedAssertion
from doorward.storage import Database
from tests.builders import (
    NOW,
    a_claim,
    a_refresh_claim,
    audited,
    given_a_code,
    given_a_plain_user,
    given_an_authorization,
    race,
)

ASSERTION = UsedAssertion(b"a" * 32, NOW + timedelta(minutes=5))
OTHER = UsedAssertion(b"b" * 32, NOW + timedelta(minutes=5))
Give = Callable[[Database, UsedAssertion], Claim]


def a_code(database: Database, assertion: UsedAssertion) -> CodeClaim:
    return a_claim(given_a_code(database), assertion=assertion)


def a_refresh(database: Database, assertion: UsedAssertion) -> Claim:
    authorization = given_an_authorization(database, given_a_plain_user(database))
    return a_refresh_claim(authorization, assertion=assertion)


def present(database: Database, claim: Claim) -> Redeemed | None:
    path = database.token_path
    return path.redeem_code(claim, NOW) if isinstance(claim, CodeClaim) else path.rotate_refresh_token(claim, NOW)


def events(database: Database) -> int:
    tags = (AuditTag.CODE_REDEEMED, AuditTag.REFRESH_TOKEN_ROTATED)
    return sum(len(audited(database, tag)) for tag in tags)


@pytest.mark.parametrize("give", [a_code, a_refresh])
def test_an_accepted_claim_uses_its_assertion_up(database: Database, give: Give) -> None:
    """RFC 7523 §3 `jti`, OIDC Core §9."""
    assert present(database, give(database, ASSERTION)) is not None
    assert not database.token_path.use_assertion(ASSERTION)
    assert database.token_path.use_assertion(OTHER)


@pytest.mark.parametrize("give", [a_code, a_refresh])
def test_a_used_assertion_makes_nothing_happen(database: Database, give: Give) -> None:
    """What is claimed with it stays as it was, and works with another."""
    claim, right = give(database, ASSERTION), give(database, OTHER)
    database.token_path.use_assertion(ASSERTION)

    assert present(database, claim) is None
    assert 0 == events(database)
    assert present(database, right) is not None
    assert 1 == events(database)


@pytest.mark.parametrize("give", [a_code, a_refresh])
def test_a_refused_claim_leaves_its_assertion(database: Database, give: Give) -> None:
    """Whoever is refused is recorded elsewhere, within bounds."""
    claim = give(database, ASSERTION)
    path = database.token_path
    if isinstance(claim, CodeClaim):
        assert path.redeem_code(a_claim(given_a_code(database), client_id="x", assertion=ASSERTION), NOW) is None
    else:
        gone = given_an_authorization(database, given_a_plain_user(database), revoked_at=NOW)
        assert path.rotate_refresh_token(a_refresh_claim(gone, assertion=ASSERTION), NOW) is None

    assert present(database, claim) is not None


@pytest.mark.parametrize("give", [a_code, a_refresh])
def test_fifty_racers_with_one_assertion_and_claims_of_their_own_are_one(database: Database, give: Give) -> None:
    """Even where nothing else would keep them apart."""
    claims = [give(database, ASSERTION) for _ in range(50)]
    outcomes = race(50, lambda number: present(database, claims[number]))

    assert [] == [outcome for outcome in outcomes if isinstance(outcome, Exception)]
    assert 49 == outcomes.count(None)
    assert 1 == events(database)


@pytest.mark.anyio
@pytest.mark.parametrize("give", [a_code, a_refresh])
async def test_on_the_event_loop_it_is_the_same(database: Database, give: Give) -> None:
    """Half of the racers wait on the loop and half on threads, and a connection that lost is still good."""
    path = database.awaitable_token_path
    assert path is not None
    claims = [give(database, ASSERTION) for _ in range(20)]
    outcomes = await asyncio.gather(
        *(path.present(claim, NOW) for claim in claims[:10]),
        *(asyncio.to_thread(present, database, claim) for claim in claims[10:]),
    )
    afterwards = [await path.present(give(database, ASSERTION), NOW) for _ in range(3)]

    assert 19 == outcomes.count(None)
    assert [None] * 3 == afterwards
    assert 1 == events(database)
    assert await path.present(give(database, OTHER), NOW) is not None
    assert not database.token_path.use_assertion(OTHER)


def test_a_used_assertion_goes_a_little_after_its_end(database: Database) -> None:
    """Until then its replay is recognised; after it the row takes no room (T8)."""

    def sweep(after: timedelta) -> int:
        now = ASSERTION.expires_at + after
        return database.write(lambda stores: stores.sweeper.sweep(now, audit_retention=timedelta(days=1), limit=9))

    database.token_path.use_assertion(ASSERTION)

    assert 0 == sweep(timedelta(minutes=4, seconds=59))
    assert not database.token_path.use_assertion(ASSERTION)
    assert 1 == sweep(timedelta(minutes=5))
    assert database.token_path.use_assertion(ASSERTION)
