"""The claims of a client assertion say who, for whom, until when, and once."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorward.jose.errors import InvalidToken
from doorward.oauth.client_assertion import MAX_JTI, check_claims, claimed_client
from doorward.oauth.records import UsedAssertion
from tests.builders import NOW

CLIENT = "dwd_client"
ISSUER, TOKEN_ENDPOINT = "https://mcp.example", "https://mcp.example/api/oauth/token"
SECONDS = int(NOW.timestamp())


def claims(**changes: object) -> dict[str, object]:
    right = {"iss": CLIENT, "sub": CLIENT, "aud": ISSUER, "exp": SECONDS + 300, "iat": SECONDS, "jti": "one", **changes}
    return {name: value for name, value in right.items() if value is not ...}


def check(**changes: object) -> UsedAssertion:
    return check_claims(claims(**changes), client_id=CLIENT, audiences={ISSUER, TOKEN_ENDPOINT}, now=NOW)


def reason_of(**changes: object) -> str:
    with pytest.raises(InvalidToken) as refused:
        check(**changes)
    return refused.value.reason


@pytest.mark.parametrize("aud", [ISSUER, TOKEN_ENDPOINT, [ISSUER], [TOKEN_ENDPOINT]])
def test_it_is_for_the_issuer_or_the_token_endpoint(aud: object) -> None:
    """RFC 7523 §3: the MCP python SDK says one, Authlib the other (clients-recorded)."""
    assert NOW + timedelta(seconds=300) == check(aud=aud).expires_at


@pytest.mark.parametrize(
    "aud",
    [
        ...,
        None,
        "",
        [],
        5,
        {},
        ISSUER + "/",
        ISSUER.upper(),
        "https://mcp.example/token",
        "https://other.example",
        [ISSUER, TOKEN_ENDPOINT],
        [ISSUER, ISSUER],
        [ISSUER, "https://other.example"],
        [[ISSUER]],
        [None],
        [{}],
        {ISSUER: 1},
    ],
)
def test_it_is_for_nobody_else_besides(aud: object) -> None:
    """An assertion that two servers accept can be carried from one to the other."""
    assert "audience" == reason_of(aud=aud)


@pytest.mark.parametrize("name", ["iss", "sub"])
@pytest.mark.parametrize("value", [..., None, "", 5, ["dwd_client"], "another", True])
def test_issuer_and_subject_are_the_client(name: str, value: object) -> None:
    """RFC 7523 §3 items 1 and 2B."""
    with pytest.raises(InvalidToken):
        claimed_client(claims(**{name: value}))
    assert reason_of(**{name: value}) in ("claim_iss", "claim_sub")


def test_it_is_that_client_and_no_other() -> None:
    assert "client" == reason_of(iss="dwd_another", sub="dwd_another")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"exp": SECONDS}, "expired"),
        ({"exp": SECONDS - 1}, "expired"),
        ({"exp": 0}, "expired"),
        ({"exp": -1}, "expired"),
        ({"exp": SECONDS + 3_661}, "lifetime"),
        ({"iat": SECONDS + 61}, "not_yet_valid"),
        ({"nbf": SECONDS + 61}, "not_yet_valid"),
    ],
)
def test_it_is_valid_now_and_for_an_hour_at_the_most(changes: dict[str, object], reason: str) -> None:
    """RFC 7523 §3 items 4 to 6."""
    assert reason == reason_of(**changes)


@pytest.mark.parametrize(
    "changes",
    [
        {"exp": SECONDS + 1},
        {"exp": SECONDS + 3_600},
        {"exp": SECONDS + 3_660},
        {"iat": SECONDS + 60},
        {"nbf": SECONDS + 60},
        {"iat": ...},
        {"iat": SECONDS - 86_400},
    ],
)
def test_clocks_may_differ_by_a_minute(changes: dict[str, object]) -> None:
    """Authlib says one hour ahead, by its own clock."""
    assert check(**changes)


@pytest.mark.parametrize("name", ["exp", "iat", "nbf"])
@pytest.mark.parametrize(
    "value", [None, "", str(SECONDS + 300), SECONDS + 300.5, float(SECONDS), True, [], {}, 10**18, 10**400, -(10**400)]
)
def test_a_date_is_a_whole_number_of_seconds(name: str, value: object) -> None:
    """RFC 7519 §2, in its plainest form."""
    assert reason_of(**{name: value}) in (f"claim_{name}", "lifetime", "not_yet_valid", "expired")


def test_a_date_without_a_meaning_is_named() -> None:
    assert ["claim_exp"] * 3 == [reason_of(exp=value) for value in ("soon", 1.5, 10**400)]
    assert "claim_exp" == reason_of(exp=...)


@pytest.mark.parametrize("jti", [..., None, "", 5, ["a"], "x" * (MAX_JTI + 1)])
def test_it_has_a_name_of_bounded_length(jti: object) -> None:
    """OIDC Core §9 makes `jti` required; without one it could be used again."""
    assert "claim_jti" == reason_of(jti=jti)


def test_names_belong_to_their_client() -> None:
    """No two pairs of client and name are remembered as one, however they are cut."""
    pairs = [("dwd_a", "bc"), ("dwd_ab", "c"), ("dwd_a", "b"), ("dwd_b", "bc"), ("dwd_a", "bc\0")]
    hashes = {
        check_claims(claims(iss=client, sub=client, jti=jti), client_id=client, audiences={ISSUER}, now=NOW)
        for client, jti in pairs
    }

    assert len(pairs) == len(hashes)
    assert check(jti="x" * MAX_JTI) == check(jti="x" * MAX_JTI)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)


@given(
    st.dictionaries(
        st.sampled_from(["iss", "sub", "aud", "exp", "iat", "nbf", "jti"]),
        VALUES | st.sampled_from([CLIENT, ISSUER, SECONDS + 300, "one"]),
    )
)
def test_no_claims_make_it_raise_anything_else(changes: dict[str, object]) -> None:
    try:
        used = check(**changes)
    except InvalidToken:
        return

    assert NOW < used.expires_at <= NOW + timedelta(seconds=3_660)
