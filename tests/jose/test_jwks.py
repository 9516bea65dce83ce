"""The JWK Set: read tolerantly, published exactly."""

import pytest

from doorward.jose.jwk import generate_key
from doorward.jose.jwks import MAX_KEYS, PublicKeys


def test_the_published_set_names_use_and_algorithm_of_each_key():
    """RFC 7517 §4: `kid`, `use` and `alg` let any verifier choose."""
    key = generate_key()

    assert {"keys": [{**key.public.jwk, "kid": key.kid, "use": "sig", "alg": "ES256"}]} == PublicKeys(
        [key.public]
    ).as_document()


def test_the_published_set_reads_back():
    """What one server publishes another resource server reads."""
    keys = PublicKeys([generate_key().public for _ in range(3)])

    assert list(keys) == list(PublicKeys.from_document(keys.as_document()))


def test_keys_of_no_use_are_passed_over():
    """RFC 7517 §5: implementations should ignore keys they do not understand."""
    key = generate_key()
    document = {
        "keys": [{"kty": "oct", "k": "AA"}, "text", None, {"kty": "future"}, {**key.public.jwk, "kid": "this one"}]
    }

    assert ["this one"] == list(PublicKeys.from_document(document))


@pytest.mark.parametrize(
    "document", [None, [], "keys", {}, {"keys": {}}, {"keys": None}, {"keys": [{}] * (MAX_KEYS + 1)}]
)
def test_something_else_is_no_set(document: object):
    """An error page or an endless list is refused whole."""
    with pytest.raises(ValueError, match="JWK Set"):
        PublicKeys.from_document(document)
