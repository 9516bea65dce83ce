"""Opaque access tokens: sealed, canonical, and nobody else's."""

import pytest

from doorward.kit import b64
from doorward.kit.keyring import KeyLabel, Keyring, Unsealable
from doorward.oauth.tokens.opaque import OpaqueTokens

CLAIMS: dict[str, object] = {
    "iss": "https://mcp.example.com",
    "sub": "user",
    "aud": "https://mcp.example.com/http",
    "client_id": "client",
    "scope": "mcp",
    "iat": 1,
    "exp": 2,
    "auth_time": 1,
    "jti": "x",
    "gid": "authorization",
}
OLD, NEW = b"an old secret of thirty-two characters", b"a new secret of thirty-two characters!"


def test_a_token_is_read_back_by_the_server_that_sealed_it():
    tokens = OpaqueTokens(Keyring([OLD]))

    assert CLAIMS == tokens.read(tokens.seal(CLAIMS))
    assert tokens.seal(CLAIMS) != tokens.seal(CLAIMS)


def test_a_new_secret_leaves_old_tokens_good_as_long_as_the_old_one_is_listed():
    token = OpaqueTokens(Keyring([OLD])).seal(CLAIMS)

    assert CLAIMS == OpaqueTokens(Keyring([NEW, OLD])).read(token)
    assert OpaqueTokens(Keyring([NEW])).read(token) is None


def test_every_changed_character_makes_it_nobodys():
    tokens = OpaqueTokens(Keyring([OLD]))
    token = tokens.seal(CLAIMS)
    changed = [token[:at] + ("A" if token[at] != "A" else "B") + token[at + 1 :] for at in range(len(token))]

    assert not [other for other in changed if tokens.read(other) is not None]
    for other in (token + "=", token + "A", token[:-1], token.upper(), "dwt_", "", "dwr_" + token[4:]):
        assert tokens.read(other) is None


def test_no_other_sealed_value_passes_for_a_token():
    """A key of one label never serves another, nor a value sealed in the other way."""
    keyring = Keyring([OLD])
    tokens = OpaqueTokens(keyring)
    foreign = keyring.seal_once(KeyLabel.INTERACTION, b"[]")
    plain = keyring.seal(KeyLabel.ACCESS_TOKEN, b"[1,2,3,4,5,6,7,8,9,10]")

    assert tokens.read("dwt_" + b64.encode(foreign)) is None
    assert tokens.read("dwt_" + b64.encode(plain)) is None
    for cut in range(30):
        with pytest.raises(Unsealable):
            keyring.unseal_once(KeyLabel.ACCESS_TOKEN, foreign[:cut])
