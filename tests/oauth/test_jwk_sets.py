"""JWK Sets that clients publish: what can be used of them is kept."""

import json

import pytest

from doorward.jose.jwk import generate_key
from doorward.oauth.copies import Unreadable
from doorward.oauth.jwk_sets import read_jwk_set

URL = "https://app.example/jwks.json"
KEY = generate_key()


def test_a_set_is_an_object_with_a_list_of_keys() -> None:
    """RFC 7517 §5; other members are ignored, and so are keys of other kinds."""
    body = json.dumps({"keys": [{"kty": "OKP"}, {**KEY.public.jwk, "kid": "one"}], "more": 1}).encode()

    (key,) = read_jwk_set(URL, body)

    assert ("one", KEY.public.jwk) == (key.kid, key.jwk)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{}",
        b'{"keys":{}}',
        b'{"keys":["x"]}',
        b'{"keys":[]}',
        b'{"keys":[],"keys":[]}',
        b"\xff",
        json.dumps({"keys": [KEY.private_jwk()]}).encode(),
    ],
)
def test_everything_else_is_none(body: bytes) -> None:
    with pytest.raises(Unreadable):
        read_jwk_set(URL, body)
