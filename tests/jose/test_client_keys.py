"""A client's JWK Set holds few keys, public ones, and only such as sign with what is allowed."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc.jwk import ECKey, OctKey, OKPKey

from doorward.jose.client_keys import (
    ALGORITHMS,
    MAX_KEYS,
    UnusableKeySet,
    from_text,
    read_client_keys,
    read_published_keys,
    to_text,
)
from doorward.jose.jwk import generate_key
from doorward.kit import b64
from tests.signing_clients import an_rsa_key

RSA = an_rsa_key()
EC_JWK = generate_key().public.jwk
RSA_JWK = RSA.public.jwk


def refusal_of(*keys: object) -> str:
    with pytest.raises(UnusableKeySet) as refused:
        read_client_keys({"keys": list(keys)})
    return str(refused.value)


def test_a_set_is_kept_with_public_members_only_and_read_back() -> None:
    """RFC 7517 §4: names that were not given are thumbprints (RFC 7638)."""
    keys = read_client_keys(
        {"keys": [{**EC_JWK, "x5c": ["MIIB"], "key_ops": ["verify"], "alg": "ES256"}, {**RSA_JWK, "kid": "rsa"}]}
    )

    kept = json.loads(to_text(keys))["keys"]

    assert [{"kty", "crv", "x", "y", "kid", "alg", "use"}, {"kty", "n", "e", "kid", "alg", "use"}] == [
        set(key) for key in kept
    ]
    assert [ECKey.import_key(dict(EC_JWK)).thumbprint(), "rsa"] == [key["kid"] for key in kept]
    assert [(key.kid, key.algorithm, key.jwk) for key in keys] == [
        (key.kid, key.algorithm, key.jwk) for key in from_text(to_text(keys))
    ]
    assert set(ALGORITHMS) == {key.algorithm for key in keys}


@pytest.mark.parametrize(
    "private",
    [generate_key().private_jwk(), RSA.private_jwk(), OctKey.generate_key(256).as_dict(private=True), {"d": None}],
    ids=["ec", "rsa", "symmetric", "empty d"],
)
def test_a_private_key_is_refused_in_words(private: dict[str, object]) -> None:
    """RFC 7517 §9.2: whoever sends one has to replace it, so it must be said."""
    sentence = refusal_of(EC_JWK, private)

    assert "key 2 of the JWK Set is private or symmetric" in sentence
    assert all(len(str(value)) < 10 or str(value) not in sentence for value in private.values())
    with pytest.raises(UnusableKeySet, match="private"):
        read_published_keys({"keys": [EC_JWK, private]})


@pytest.mark.parametrize(
    "jwk",
    [
        {},
        {"kty": "EC"},
        ECKey.generate_key("P-384").as_dict(private=False),
        OKPKey.generate_key("Ed25519").as_dict(private=False),
        {**EC_JWK, "use": "enc"},
        {**EC_JWK, "alg": "RS256"},
        {**RSA_JWK, "alg": "PS256"},
        {**EC_JWK, "y": EC_JWK["x"]},
        {**RSA_JWK, "n": b64.encode(b"\xff" * 255)},
        {**RSA_JWK, "n": b64.encode(bytes(128) + b"\xff" * 128)},
        {**RSA_JWK, "n": b64.encode(b"\xff" * 513)},
        {**RSA_JWK, "n": b64.encode(b"\xff" * 1025)},
        {**RSA_JWK, "n": "!"},
        {**RSA_JWK, "e": "AQ"},
        {**RSA_JWK, "e": "Aw"},
        {**RSA_JWK, "e": "AQAA"},
        {**RSA_JWK, "e": RSA_JWK["n"]},
        {**EC_JWK, "kid": 5},
    ],
)
def test_a_key_of_no_use_is_refused_when_registered_and_passed_over_when_published(jwk: dict[str, object]) -> None:
    """RFC 8725 §3.1, §3.5, RFC 7518 §3.3: two kinds, no weak ones, and none that takes long to verify with."""
    assert "key 1 of the JWK Set is of no use" in refusal_of(jwk)
    assert [RSA.kid] == [key.kid for key in read_published_keys({"keys": [jwk, RSA_JWK]})]
    with pytest.raises(UnusableKeySet, match="no key"):
        read_published_keys({"keys": [jwk]})


def test_a_set_has_a_few_keys_with_names_of_their_own() -> None:
    """Each may have to be tried, so there must be few."""
    many = [generate_key().public.jwk for _ in range(MAX_KEYS + 1)]

    assert "1 to 8 keys" in refusal_of()
    assert "1 to 8 keys" in refusal_of(*many)
    assert "same kid" in refusal_of({**many[0], "kid": "a"}, {**many[1], "kid": "a"})
    assert "kid of 1 to 256" in refusal_of({**many[0], "kid": ""})
    assert "kid of 1 to 256" in refusal_of({**many[0], "kid": "k" * 257})
    assert MAX_KEYS == len(read_client_keys({"keys": many[:MAX_KEYS]}))
    assert MAX_KEYS == len(read_published_keys({"keys": many}))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
MEMBERS = st.dictionaries(
    st.sampled_from(["kty", "crv", "x", "y", "n", "e", "kid", "alg", "use"]),
    JSON | st.sampled_from(["EC", "RSA", "P-256", EC_JWK["x"], RSA_JWK["n"], "AQAB", "sig"]),
)


@given(JSON | st.fixed_dictionaries({"keys": JSON | st.lists(MEMBERS | JSON, max_size=3)}))
def test_no_document_makes_it_raise_anything_else(document: object) -> None:
    """A stranger's JSON is refused, never an error."""
    for read in (read_client_keys, read_published_keys):
        try:
            keys = read(document)
        except UnusableKeySet:
            continue
        assert keys
