"""Opaque access tokens at a resource server: read from memory, and checked as JWTs are."""

from collections.abc import Mapping
from datetime import timedelta

import pytest

from doorward.resource_server.errors import InvalidToken
from doorward.resource_server.verifier import TokenVerifier
from tests.builders import NOW
from tests.resource_server.sources import ISSUER, LIFETIME, RESOURCE, World, good_claims


class Sealed:
    """An issuer's seals: a token of its own for each set of claims."""

    def __init__(self, **tokens: Mapping[str, object]) -> None:
        self.tokens = tokens

    def read(self, token: str) -> Mapping[str, object] | None:
        return self.tokens.get(token)


def verifier_of(world: World, sealed: Sealed | None) -> TokenVerifier:
    return TokenVerifier(
        issuer=ISSUER, resource=RESOURCE, keys=world.keys, revocations=world.feed, opaque_tokens=sealed
    )


def test_a_sealed_token_is_recalled_without_a_look_up():
    verifier = verifier_of(World(), Sealed(dwt_good=good_claims()))

    assert "user-1" == getattr(verifier.recall("dwt_good", NOW), "subject", None)
    with pytest.raises(InvalidToken):
        verifier.recall("dwt_good", NOW + LIFETIME)


def test_a_revoked_one_is_refused_from_memory():
    world = World()
    verifier = verifier_of(world, Sealed(dwt_good=good_claims()))
    world.feed.add("authorization-1", NOW)

    with pytest.raises(InvalidToken, match="revoked"):
        verifier.recall("dwt_good", NOW)


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": "https://other.example.org/mcp"},
        {"iss": "https://other.example.org"},
        {"exp": int(NOW.timestamp())},
        {"iat": int((NOW + timedelta(hours=1)).timestamp())},
        {"scope": None},
    ],
)
def test_its_claims_are_checked_like_those_of_a_jwt(changes: dict[str, object]):
    """An opaque token of one resource is refused at another (RFC 8707 §2)."""
    verifier = verifier_of(World(), Sealed(dwt_wrong={**good_claims(), **changes}))

    for look in (verifier.recall, verifier.verify):
        with pytest.raises(InvalidToken):
            look("dwt_wrong", NOW)


def test_what_nobody_sealed_is_refused_and_a_server_without_seals_takes_none():
    world = World()

    for verifier in (verifier_of(world, Sealed()), verifier_of(world, None)):
        with pytest.raises(InvalidToken):
            verifier.recall("dwt_unknown", NOW)
    assert 0 == world.keys.reloads
    assert "user-1" == verifier_of(world, Sealed()).verify(world.token(), NOW).subject
