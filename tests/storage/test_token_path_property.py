"""Redemption succeeds if and only if every condition of the port holds, on both engines."""

from datetime import timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from doorward.oauth.ports import MAX_FAILED_REDEMPTIONS
from doorward.storage import Database
from tests.builders import NOW, a_claim, given_a_code

RIGHT_OR_WRONG = st.sampled_from([True, True, True, False])


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(
    same=st.fixed_dictionaries(
        dict.fromkeys(("code_hash", "client_id", "redirect_uri", "code_challenge", "resource"), RIGHT_OR_WRONG)
    ),
    named=st.fixed_dictionaries({"redirect_uri": st.booleans(), "resource": st.booleans()}),
    consumed=st.sampled_from([False, False, False, True]),
    voided=st.sampled_from([False, False, False, True]),
    revoked=st.sampled_from([False, False, False, True]),
    failures=st.integers(0, MAX_FAILED_REDEMPTIONS + 1),
    left=st.integers(-2, 20),
)
def test_a_code_is_redeemed_if_and_only_if_every_condition_holds(
    database: Database,
    same: dict[str, bool],
    named: dict[str, bool],
    consumed: bool,
    voided: bool,
    revoked: bool,
    failures: int,
    left: int,
):
    code = given_a_code(
        database,
        consumed_at=NOW if consumed else None,
        voided_at=NOW if voided else None,
        failed_attempts=failures,
        expires_at=NOW + timedelta(microseconds=left),
    )
    if revoked:
        database.write(lambda stores: stores.authorizations.revoke(code.authorization_id, at=NOW, reason="test"))
    values: dict[str, Any] = {**dict.fromkeys(same, "wrong"), "code_hash": b"wrong"}
    wrong = {name: values[name] for name, right in same.items() if not right}
    left_out: dict[str, Any] = {name: None for name, is_named in named.items() if not is_named}

    redeemed = database.token_path.redeem_code(a_claim(code, **{**wrong, **left_out}), NOW)

    holds = (
        all(right or not named.get(name, True) for name, right in same.items())
        and not (consumed or voided or revoked)
        and failures < MAX_FAILED_REDEMPTIONS
        and left > 0
    )
    after = database.token_path.explain_code(code.code_hash)
    assert after is not None
    assert holds == (redeemed is not None)
    assert (holds or consumed) == (after[0].consumed_at is not None)
    assert holds == (after[1].activated_at is not None)
