"""The refresh lineage: current, predecessor, older and forged generations, in every order."""

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import product

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from doorward.audit import AuditTag
from doorward.oauth.ports import Redeemed
from doorward.oauth.records import Authorization
from doorward.oauth.scope import Scope
from doorward.storage import Database
from tests.builders import (
    NOW,
    a_refresh_claim,
    audited,
    given_a_plain_user,
    given_an_authorization,
    race,
    what_is_redeemed,
)

WINDOW = timedelta(seconds=60)
SOON, LATER = NOW + timedelta(seconds=10), NOW + timedelta(hours=1)
MICROSECOND = timedelta(microseconds=1)


def given_lineage(database: Database, **given: object) -> Authorization:
    """An Authorization at generation 5, rotated from 4 just now."""
    lineage = {"refresh_current": 5, "refresh_predecessor": 4, "rotated_at": NOW}
    return given_an_authorization(database, given_a_plain_user(database), **{**lineage, **given})


def stored(database: Database, authorization: Authorization) -> Authorization:
    found = database.token_path.explain_refresh_token(authorization.id)
    assert found is not None
    return found


def present(
    database: Database, authorization: Authorization, generation: int, at: datetime, **claim: object
) -> Redeemed | None:
    asked = a_refresh_claim(authorization, generation=generation, **claim)
    return database.token_path.rotate_refresh_token(asked, at)


def refuses(database: Database, authorization: Authorization, generation: int, at: datetime, **claim: object) -> bool:
    before, events = stored(database, authorization), len(audited(database, AuditTag.REFRESH_TOKEN_ROTATED))
    refused = present(database, authorization, generation, at, **claim) is None
    unchanged = before == stored(database, authorization)
    return refused and unchanged and events == len(audited(database, AuditTag.REFRESH_TOKEN_ROTATED))


def test_the_current_generation_is_exchanged_for_its_successor(database: Database):
    authorization = given_lineage(database, scope=Scope.of(["mcp", "offline_access"]))

    redeemed = present(database, authorization, 5, SOON)

    moved = replace(authorization, refresh_current=6, refresh_predecessor=5, rotated_at=SOON, last_used_at=SOON)
    assert moved == stored(database, authorization)
    assert redeemed == what_is_redeemed(authorization, generation=6)
    (event,) = audited(database, AuditTag.REFRESH_TOKEN_ROTATED)
    assert (SOON, authorization.public_id, {"generation": 6}) == (event.at, event.authorization, event.detail)
    assert (authorization.user_id, authorization.client_id) == (event.user_id, event.client_id)


def test_a_lost_answer_is_given_again_within_the_window(database: Database):
    """The predecessor gets the same successor; the retry does not slide the window."""
    authorization = given_lineage(database)

    for at in (SOON, NOW + WINDOW - MICROSECOND):
        redeemed = present(database, authorization, 4, at)

        assert redeemed is not None
        assert 5 == redeemed.generation
        assert replace(authorization, last_used_at=at) == stored(database, authorization)


def test_a_lost_answer_gets_a_fresh_successor_after_the_window(database: Database):
    """The unused successor counts as reuse from then on; the predecessor stays."""
    authorization = given_lineage(database)

    redeemed = present(database, authorization, 4, NOW + WINDOW)

    at = NOW + WINDOW
    assert redeemed is not None
    assert 6 == redeemed.generation
    assert replace(authorization, refresh_current=6, rotated_at=at, last_used_at=at) == stored(database, authorization)
    assert refuses(database, authorization, 5, at)
    again = present(database, authorization, 4, at)
    assert again is not None
    assert 6 == again.generation


def test_a_window_of_nothing_gives_no_answer_twice(database: Database):
    authorization = given_lineage(database)

    first = present(database, authorization, 4, NOW, retry_window=timedelta(0))
    second = present(database, authorization, 4, NOW, retry_window=timedelta(0))

    assert (6, 7) == (first and first.generation, second and second.generation)


@pytest.mark.parametrize("generation", [0, 1, 2, 3, 6, 7, 1_000, 2**62, 2**63, 2**200, -1])
def test_older_and_forged_generations_change_nothing(database: Database, generation: int):
    assert refuses(database, given_lineage(database), generation, SOON)


def test_a_first_generation_has_no_predecessor(database: Database):
    authorization = given_lineage(database, refresh_current=1, refresh_predecessor=None)

    assert refuses(database, authorization, 0, SOON)
    redeemed = present(database, authorization, 1, SOON)
    assert redeemed is not None
    assert 2 == redeemed.generation


def test_a_generation_ahead_is_accepted_once_after_a_restore(database: Database):
    authorization = given_lineage(database, restored=True)

    redeemed = present(database, authorization, 9, SOON)

    jumped = replace(
        authorization,
        refresh_current=10,
        refresh_predecessor=9,
        rotated_at=SOON,
        last_used_at=SOON,
        restored=False,
    )
    assert redeemed is not None
    assert 10 == redeemed.generation
    assert jumped == stored(database, authorization)
    assert refuses(database, authorization, 12, SOON)
    assert refuses(database, authorization, 5, SOON)


def test_after_a_restore_the_known_generations_do_not_use_the_jump_up(database: Database):
    authorization = given_lineage(database, restored=True)

    assert present(database, authorization, 4, SOON)
    assert present(database, authorization, 5, SOON)
    assert stored(database, authorization).restored
    assert refuses(database, authorization, 3, SOON)
    assert present(database, authorization, 8, SOON)
    assert not stored(database, authorization).restored


@pytest.mark.parametrize(
    ("state", "claim"),
    [
        ({}, {"client_id": "another"}),
        ({}, {"client_id": "\x00"}),
        ({}, {"resource": "https://mcp.example/http/"}),
        ({}, {"scope": Scope.of(["mcp", "more"])}),
        ({}, {"scope": Scope.of([])}),
        ({"revoked_at": NOW}, {}),
        ({"activated_at": None}, {}),
        ({"expires_at": SOON}, {}),
        ({"last_used_at": SOON - timedelta(days=30)}, {}),
        ({"last_used_at": None}, {}),
    ],
    ids=repr,
)
@pytest.mark.parametrize("generation", [4, 5, 9])
def test_no_generation_helps_where_a_condition_fails(
    database: Database, state: dict[str, object], claim: dict[str, object], generation: int
):
    authorization = given_lineage(database, restored=True, **state)

    assert refuses(database, authorization, generation, SOON, **claim)


@pytest.mark.parametrize(
    ("state", "claim"),
    [
        ({}, {"resource": "https://mcp.example/http"}),
        ({}, {"scope": Scope.of(["mcp"])}),
        ({"expires_at": SOON + MICROSECOND}, {}),
        ({"last_used_at": SOON - timedelta(days=30) + MICROSECOND}, {}),
    ],
    ids=repr,
)
def test_a_condition_that_just_holds_is_enough(database: Database, state: dict[str, object], claim: dict[str, object]):
    authorization = given_lineage(database, **state)

    assert present(database, authorization, 5, SOON, **claim)


def test_an_unknown_authorization_rotates_nothing(database: Database):
    authorization = given_lineage(database)

    assert present(database, replace(authorization, id=b"unknown"), 5, SOON) is None


def test_fifty_racers_with_one_refresh_token_get_one_successor(database: Database):
    """Processes that share a token and race are one client that asked often: the row moves once."""
    authorization = given_lineage(database)

    outcomes = race(50, lambda _: present(database, authorization, 5, SOON))

    assert {6} == {outcome.generation for outcome in outcomes if isinstance(outcome, Redeemed)}
    assert 50 == sum(isinstance(outcome, Redeemed) for outcome in outcomes)
    moved = replace(authorization, refresh_current=6, refresh_predecessor=5, rotated_at=SOON, last_used_at=SOON)
    assert moved == stored(database, authorization)
    assert 50 == len(audited(database, AuditTag.REFRESH_TOKEN_ROTATED))


def test_racers_with_the_predecessor_after_the_window_get_one_fresh_successor(database: Database):
    authorization = given_lineage(database)

    outcomes = race(50, lambda _: present(database, authorization, 4, LATER))

    assert {6} == {outcome.generation for outcome in outcomes if isinstance(outcome, Redeemed)}
    assert 50 == sum(isinstance(outcome, Redeemed) for outcome in outcomes)
    assert (6, 4) == (
        stored(database, authorization).refresh_current,
        stored(database, authorization).refresh_predecessor,
    )


def test_racers_ahead_after_a_restore_jump_once(database: Database):
    """The first one jumps; for the others that is the predecessor by then."""
    authorization = given_lineage(database, restored=True)

    outcomes = race(20, lambda _: present(database, authorization, 9, SOON))

    assert {10} == {outcome.generation for outcome in outcomes if isinstance(outcome, Redeemed)}
    assert 10 == stored(database, authorization).refresh_current


def test_a_revocation_ends_a_race_of_rotations(database: Database):
    authorization = given_lineage(database)

    def go(number: int) -> object:
        if number == 10:
            return database.write(
                lambda stores: stores.authorizations.revoke(authorization.id, at=SOON, reason="disconnected")
            )
        return present(database, authorization, 5, SOON)

    race(20, go)

    assert stored(database, authorization).revoked_at == SOON
    assert refuses(database, authorization, stored(database, authorization).refresh_current, SOON)


class Lineage:
    """The rule in Python, as plainly as it can be said; what the statements are compared with."""

    def __init__(self, *, restored: bool) -> None:
        self.current, self.predecessor, self.rotated_at, self.restored = 5, 4, NOW, restored

    def present(self, generation: int, at: datetime) -> int | None:
        if generation == self.current:
            self.predecessor, self.current, self.rotated_at = generation, generation + 1, at
        elif generation == self.predecessor:
            if at - self.rotated_at >= WINDOW:
                self.current, self.rotated_at = self.current + 1, at
        elif generation > self.current and self.restored:
            self.restored = False
            self.predecessor, self.current, self.rotated_at = generation, generation + 1, at
        else:
            return None
        return self.current


def check_against_the_rule(database: Database, presented: list[tuple[int, int]], *, restored: bool) -> None:
    authorization, rule, at = given_lineage(database, restored=restored), Lineage(restored=restored), NOW
    for generation, seconds in presented:
        at += timedelta(seconds=seconds)
        expected = rule.present(generation, at)

        redeemed = present(database, authorization, generation, at)

        assert expected == (redeemed and redeemed.generation)
        row = stored(database, authorization)
        lineage = (row.refresh_current, row.refresh_predecessor, row.rotated_at, row.restored)
        assert (rule.current, rule.predecessor, rule.rotated_at, rule.restored) == lineage


def test_every_order_of_three_presentations_follows_the_rule(database: Database):
    """Older, predecessor, current, successor and forged, within and after the window: all 1,000 orders of three."""
    steps = list(product((3, 4, 5, 6, 8), (0, 61)))
    for presented in product(steps, repeat=3):
        check_against_the_rule(database, list(presented), restored=False)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(
    presented=st.lists(st.tuples(st.integers(1, 12), st.sampled_from([0, 1, 59, 60, 61])), max_size=12),
    restored=st.booleans(),
)
def test_any_sequence_of_presentations_follows_the_rule(
    database: Database, presented: list[tuple[int, int]], restored: bool
):
    check_against_the_rule(database, presented, restored=restored)
