"""JWK Sets of clients, as far as they are read before a key is looked for."""

import pytest

from doorward.oauth.copies import Unreadable
from doorward.oauth.jwk_sets import read_jwk_set

URL = "https://app.example/jwks.json"


def test_a_set_is_an_object_with_a_list_of_keys() -> None:
    """RFC 7517 §5; other members are ignored."""
    assert {"keys": [{"kty": "EC"}], "more": 1} == read_jwk_set(URL, b'{"keys":[{"kty":"EC"}],"more":1}')


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{}", b'{"keys":{}}', b'{"keys":["x"]}', b'{"keys":[],"keys":[]}', b"\xff"]
)
def test_everything_else_is_none(body: bytes) -> None:
    with pytest.raises(Unreadable):
        read_jwk_set(URL, body)
