"""Keys are named by their thumbprint, bound to one algorithm, and published without their private half."""

import pytest
from joserfc.jwk import ECKey, OctKey

from doorward.jose.jwk import PublicKey, UnusableKey, generate_key, import_private_key, import_public_key

RFC_7638_KEY = {
    "kty": "RSA",
    "n": "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4"
    "n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZ"
    "Hzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU"
    "8awapJzKnqDKgw",
    "e": "AQAB",
}


def test_a_key_without_a_name_is_named_by_its_thumbprint():
    """RFC 7638 §3.1: the example of the standard."""
    assert "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs" == import_public_key(RFC_7638_KEY).kid


def test_the_name_of_a_new_key_is_its_thumbprint():
    """RFC 7638: the same key has the same `kid` wherever it is computed."""
    key = generate_key()

    assert ECKey.import_key(dict(key.public.jwk)).thumbprint() == key.kid


def test_a_new_key_signs_with_es256():
    """RFC 7518 §3.4: P-256 and SHA-256."""
    key = generate_key()

    assert "ES256" == key.algorithm
    assert ("EC", "P-256") == (key.public.jwk["kty"], key.public.jwk["crv"])


def test_the_private_half_is_in_no_public_form():
    """RFC 7517 §9.2: `d` is for the signer alone."""
    key = generate_key()

    assert {"kty", "crv", "x", "y"} == set(key.public.jwk)
    assert {"kty", "crv", "x", "y"} == set(PublicKey(key.kid, key.algorithm, key.key).jwk)
    assert not key.public.key.is_private


def test_a_key_tells_nothing_when_printed():
    """Keys end up in tracebacks; their members must not."""
    key = generate_key()

    assert key.private_jwk()["d"] not in repr(key)


def test_a_private_key_survives_being_stored():
    """What is sealed is what is read back."""
    key = generate_key()

    assert key.private_jwk() == import_private_key(key.private_jwk(), kid=key.kid).private_jwk()


@pytest.mark.parametrize(
    "jwk",
    [
        {},
        {"kty": "EC"},
        {"kty": 5},
        {"kty": ["EC"]},
        {"kty": "EC", "crv": ["P-256"]},
        {"kty": "EC", "crv": "P-256", "x": 5, "y": 5},
        {"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"},
        ECKey.generate_key("P-384").as_dict(private=False),
        OctKey.generate_key(256).as_dict(private=True),
        {**generate_key().public.jwk, "use": "enc"},
        {**generate_key().public.jwk, "alg": "RS256"},
        {**generate_key().public.jwk, "kid": 5},
        {"kty": "RSA", "n": RFC_7638_KEY["n"][:100], "e": "AQAB"},
        {"kty": "RSA", "n": "!", "e": "AQAB"},
    ],
)
def test_a_key_of_no_use_is_refused(jwk: dict[str, object]):
    """RFC 8725 §3.1, §3.5: one algorithm for each key, and no weak ones."""
    with pytest.raises(UnusableKey):
        import_public_key(jwk)


def test_a_public_key_is_no_private_key():
    """Reading the stored private half insists on it."""
    key = generate_key()

    with pytest.raises(UnusableKey):
        import_private_key(key.public.jwk, kid=key.kid)
