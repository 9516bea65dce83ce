"""PKCE."""

import pytest

from doorward.oauth.errors import InvalidGrant, InvalidRequest
from doorward.oauth.params import Params
from doorward.oauth.pkce import challenge_of, require_challenge

CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


def test_the_vector_of_the_rfc() -> None:
    """RFC 7636 Appendix B."""
    assert CHALLENGE == challenge_of("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")


@pytest.mark.parametrize("verifier", ["a" * 42, "a" * 129, "é" * 43, "a" * 42 + " ", "a" * 43 + "\n"])
def test_a_malformed_verifier_is_an_invalid_request(verifier: str) -> None:
    """RFC 7636 §4.1; a non-ASCII one must not fail otherwise (S24)."""
    with pytest.raises(InvalidRequest):
        challenge_of(verifier)


def test_a_missing_verifier_is_an_invalid_grant() -> None:
    with pytest.raises(InvalidGrant):
        challenge_of(None)


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"code_challenge": CHALLENGE},
        {"code_challenge": CHALLENGE, "code_challenge_method": ""},
        {"code_challenge": CHALLENGE, "code_challenge_method": "plain"},
        {"code_challenge": CHALLENGE, "code_challenge_method": "S512"},
        {"code_challenge": CHALLENGE, "code_challenge_method": "s256"},
        {"code_challenge": "", "code_challenge_method": "S256"},
        {"code_challenge": "abc", "code_challenge_method": "S256"},
        {"code_challenge": CHALLENGE + "=", "code_challenge_method": "S256"},
        {"code_challenge": CHALLENGE[:-1] + "+", "code_challenge_method": "S256"},
    ],
)
def test_only_s256_with_a_well_formed_challenge_is_accepted(fields: dict[str, str]) -> None:
    """An absent method means `plain`, and `plain` does not exist (S03, S04, S05; OAuth 2.1 §7.5)."""
    with pytest.raises(InvalidRequest):
        require_challenge(Params.of(fields))
