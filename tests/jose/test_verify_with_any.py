"""Tokens of a party with a few keys verify with one of them, named or not, and with nothing they bring along."""

import hmac
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc.jwk import OctKey

from doorward.jose import compact, jwt
from doorward.jose.errors import InvalidToken, UnknownKey
from doorward.jose.jwk import PrivateKey, PublicKey, generate_key
from doorward.kit import b64
from tests.signing_clients import an_rsa_key, sign

RSA, EC, OTHER = an_rsa_key(), generate_key(), generate_key()
KEYS = (RSA.public, EC.public, OTHER.public)
TYPES = ("JWT", "client-authentication+jwt")
ALGORITHMS = ("RS256", "ES256")


def a_token(key: PrivateKey = EC, /, **header: object) -> str:
    members = {"alg": key.algorithm, "typ": "JWT", "kid": key.kid, **header}
    shown = {name: value for name, value in members.items() if value is not ...}
    return sign(key, json.dumps(shown), '{"sub":"someone"}')


def verify(token: str, keys: tuple[PublicKey, ...] = KEYS) -> dict[str, object]:
    return jwt.verify_with_any(compact.parse(token), keys, types=TYPES, algorithms=ALGORITHMS)


def reason_of(token: str, keys: tuple[PublicKey, ...] = KEYS) -> str:
    with pytest.raises(InvalidToken) as refused:
        verify(token, keys)
    return refused.value.reason


@pytest.mark.parametrize("key", [RSA, EC, OTHER], ids=["RS256", "ES256", "another ES256"])
@pytest.mark.parametrize("kid", [True, False])
def test_each_key_is_found_with_and_without_its_name(key: PrivateKey, kid: bool) -> None:
    """RFC 7515 §4.1.4 makes `kid` a hint; the MCP python SDK sends none."""
    assert {"sub": "someone"} == verify(a_token(key) if kid else a_token(key, kid=...))


@pytest.mark.parametrize(
    "typ", [..., "JWT", "jwt", "client-authentication+jwt", "application/client-authentication+jwt"]
)
def test_the_type_may_be_left_out(typ: object) -> None:
    """RFC 7519 §5.1 makes it optional."""
    assert {"sub": "someone"} == verify(a_token(typ=typ))


@pytest.mark.parametrize("typ", ["at+jwt", "dpop+jwt", "logout+jwt", "", None, 5, ["JWT"]])
def test_a_token_of_another_type_is_refused(typ: object) -> None:
    """RFC 8725 §3.11: an access token or a DPoP proof is no assertion."""
    assert "type" == reason_of(a_token(typ=typ))


@pytest.mark.parametrize("name", ["jwk", "jku", "x5u", "x5c"])
def test_a_token_that_brings_its_key_along_is_refused(name: str) -> None:
    """RFC 8725 §3.10: even a rightly signed one, and nothing is fetched."""
    assert "embedded_key" == reason_of(a_token(**{name: EC.public.jwk if name == "jwk" else "https://evil.example"}))
    assert "embedded_key" == reason_of(a_token(generate_key(), kid=..., **{name: ["x"]}))


@pytest.mark.parametrize("alg", ["none", "HS256", "PS256", "ES384", "EdDSA", "rs256", "", None, 5, ["RS256"], ...])
def test_any_other_algorithm_is_refused(alg: object) -> None:
    """RFC 8725 §3.1, §3.2."""
    assert "algorithm" == reason_of(a_token(RSA, alg=alg))


def test_the_public_key_as_an_hmac_secret_gains_nothing() -> None:
    """RFC 8725 §2.1: the key confusion attack."""
    secret = OctKey.import_key(json.dumps(RSA.public.jwk))
    head = f"{b64.encode(json.dumps({'alg': 'HS256'}).encode())}.{b64.encode(b'{}')}"
    signature = hmac.digest(secret.get_op_key("sign"), head.encode(), "sha256")

    assert "algorithm" == reason_of(f"{head}.{b64.encode(signature)}")


def test_a_header_cannot_choose_another_algorithm_than_its_keys() -> None:
    """RFC 8725 §3.1: a key serves one algorithm, whoever names it."""
    with pytest.raises(UnknownKey):
        verify(a_token(RSA, alg="ES256", kid=RSA.kid))
    assert "signature" == reason_of(a_token(RSA, alg="ES256", kid=...))


@pytest.mark.parametrize("header", [{"crit": ["exp"]}, {"crit": []}, {"b64": False}])
def test_a_critical_extension_is_refused(header: dict[str, object]) -> None:
    """RFC 7515 §4.1.11."""
    assert "critical_extension" == reason_of(a_token(**header))


@pytest.mark.parametrize("kid", ["", None, 5, ["a"], True])
def test_a_name_is_a_text(kid: object) -> None:
    assert "key_missing" == reason_of(a_token(kid=kid))


def test_an_unknown_key_is_told_apart() -> None:
    """So that newer keys can be asked for: no key of that name, or none for that algorithm."""
    for token, keys in (
        (a_token(kid="new"), KEYS),
        (a_token(kid=...), (RSA.public,)),
        (a_token(kid=...), ()),
    ):
        with pytest.raises(UnknownKey):
            verify(token, keys)
        assert not jwt.has_candidate(compact.parse(token), keys)
    assert jwt.has_candidate(compact.parse(a_token(kid=...)), KEYS)


def test_a_strangers_signature_is_refused() -> None:
    assert "signature" == reason_of(a_token(generate_key(), kid=...))
    assert "signature" == reason_of(a_token(generate_key(), kid=EC.kid))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@given(
    st.dictionaries(
        st.sampled_from(["alg", "typ", "kid", "crit", "jwk", "x5c"]), JSON | st.sampled_from(["ES256", "RS256", EC.kid])
    ),
    st.sampled_from([RSA, EC]),
)
def test_no_header_makes_it_raise_anything_else(header: dict[str, object], key: PrivateKey) -> None:
    """Not even when it is rightly signed."""
    token = sign(key, json.dumps(header), "{}")
    try:
        jwt.has_candidate(compact.parse(token), KEYS)
        verify(token)
    except InvalidToken:
        return

    assert key.algorithm == header["alg"]
