"""A bearer token is accepted for one resource, by one issuer, while it lives and is not revoked."""

from datetime import timedelta
from threading import Barrier, Thread

import pytest

from doorward.jose import jwt
from doorward.jose.jwk import generate_key
from doorward.jose.jwks import PublicKeys
from doorward.resource_server.errors import InvalidToken, Unavailable
from doorward.resource_server.ports import VerifiedToken
from tests.builders import NOW
from tests.resource_server.sources import LIFETIME, RESOURCE, World

SECOND = timedelta(seconds=1)
ISSUED = int(NOW.timestamp())


def reason_of(world: World, token: str) -> str:
    """Why the token is refused."""
    with pytest.raises(InvalidToken) as refused:
        world.verifier.verify(token, NOW)
    return refused.value.reason


def test_a_good_access_token_says_who_and_what():
    """RFC 9068 §4: subject, client, scope and the Authorization behind."""
    world = World()

    assert VerifiedToken(
        subject="user-1",
        client_id="client-1",
        scope=("mcp", "extra"),
        audience=RESOURCE,
        public_id="authorization-1",
        expires_at=NOW + LIFETIME,
    ) == world.verifier.verify(world.token(scope="mcp extra"), NOW)


@pytest.mark.parametrize("name", ["iss", "aud", "sub", "client_id", "scope", "gid", "jti", "iat", "exp"])
def test_a_token_without_a_required_claim_is_refused(name: str):
    """RFC 9068 §2.2: these are required; `gid` is what it can be revoked by."""
    world = World()

    assert reason_of(world, world.token(without=name))


@pytest.mark.parametrize("name", ["iss", "aud", "sub", "client_id", "scope", "gid", "jti", "iat", "exp"])
@pytest.mark.parametrize("value", [None, True, 1.5, "", [], {}, ["x", "y"], "1e3", -(10**30), 10**30])
def test_a_claim_of_the_wrong_type_is_refused(name: str, value: object):
    """RFC 7519 §4.1: each claim has its type; nothing is coerced."""
    world = World()
    if name in {"sub", "client_id", "gid", "jti", "scope"} and value == "1e3":
        value = 1000

    assert reason_of(world, world.token({name: value}))


@pytest.mark.parametrize(
    "issuer",
    ["https://auth.example.org/", "https://AUTH.example.org", "http://auth.example.org", "https://evil.example"],
)
def test_another_issuer_is_refused(issuer: str):
    """RFC 9068 §4: `iss` matches exactly, as a string."""
    world = World()

    assert "issuer" == reason_of(world, world.token(iss=issuer))


@pytest.mark.parametrize(
    "audience",
    [
        "https://auth.example.org/http/",
        "https://auth.example.org/http/x",
        "https://auth.example.org/HTTP",
        "https://auth.example.org",
        "https://other.example/http",
        [RESOURCE, "https://other.example/http"],
        [RESOURCE, RESOURCE],
        [[RESOURCE]],
    ],
)
def test_a_token_for_another_resource_is_refused(audience: object):
    """RFC 8707 §2, MCP authorization: exactly one audience and no prefix matching (S08)."""
    world = World()

    assert "audience" == reason_of(world, world.token(aud=audience))


def test_an_audience_in_a_list_of_one_is_the_same_audience():
    """RFC 7519 §4.1.3: a single audience may be spelt either way."""
    world = World()

    assert RESOURCE == world.verifier.verify(world.token(aud=[RESOURCE]), NOW).audience


def test_an_expired_token_is_refused_at_once():
    """T13: no leeway for `exp`, neither for a new token nor for one that was good a moment ago."""
    world = World()
    token = world.token(exp=ISSUED + 10)
    fresh = world.token(exp=ISSUED)

    assert world.verifier.verify(token, NOW + 9 * SECOND)
    with pytest.raises(InvalidToken, match="expired"):
        world.verifier.verify(token, NOW + 10 * SECOND)
    with pytest.raises(InvalidToken, match="expired"):
        world.verifier.recall(token, NOW + 10 * SECOND)
    assert "expired" == reason_of(world, fresh)


@pytest.mark.parametrize("claim", ["iat", "nbf"])
def test_a_token_from_the_future_has_a_minute_of_grace(claim: str):
    """T13: 60 s leeway for `iat` and `nbf`, as clocks differ."""
    world = World()

    assert world.verifier.verify(world.token({claim: ISSUED + 60}), NOW)
    assert "not_yet_valid" == reason_of(world, world.token({claim: ISSUED + 61}))


@pytest.mark.parametrize("nbf", ["soon", None, 1.5, True])
def test_a_not_before_of_the_wrong_type_is_refused(nbf: object):
    """RFC 7519 §4.1.5: it may be absent, but not be nonsense."""
    world = World()

    assert "claim_nbf" == reason_of(world, world.token(nbf=nbf))


@pytest.mark.parametrize("typ", ["JWT", "id+jwt", "dpop+jwt"])
def test_another_kind_of_token_of_the_same_issuer_is_refused(typ: str):
    """RFC 9068 §4, S07: an ID token or a session is no access token."""
    world = World()

    assert "type" == reason_of(world, world.token(typ=typ))


@pytest.mark.parametrize(
    "token", ["dwc_code", "dwr_refresh", "dws_secret", "dwb_session", "dwn_browser", "x", "", "a.b.c"]
)
def test_the_other_credentials_of_this_server_are_no_access_tokens(token: str):
    """The confusion matrix: codes, refresh tokens, secrets and sessions open nothing here (S07)."""
    world = World()

    assert "malformed" == reason_of(world, token)


@pytest.mark.parametrize("scope", [" mcp", "mcp ", "mcp  extra", 'm"cp', "m\\cp", "mcp\n", "mçp"])
def test_a_malformed_scope_is_refused(scope: str):
    """RFC 6749 §3.3: scope tokens, one space between."""
    world = World()

    assert "scope" == reason_of(world, world.token(scope=scope))


def test_the_happy_path_asks_nobody():
    """The round-trip budget: a bearer-token check makes no look-up at all."""
    world = World()
    polls = len(world.revocations.asked_after)

    assert world.verifier.recall(world.token(), NOW)
    assert (polls, [], 0, 0) == (
        len(world.revocations.asked_after),
        world.revocations.asked_about,
        world.keys.reloads,
        world.api_keys.look_ups,
    )


def test_a_known_token_is_not_verified_again(monkeypatch: pytest.MonkeyPatch):
    """Signatures cost; the answer comes from memory until the token ends."""
    world = World()
    token = world.token()
    verified = world.verifier.verify(token, NOW)

    def fail(*_: object, **__: object) -> None:
        raise AssertionError("it was verified again")

    monkeypatch.setattr(jwt, "verify", fail)

    assert verified == world.verifier.recall(token, NOW)


def test_the_tokens_kept_are_bounded():
    """T8: the cache has a cap, and the oldest goes first."""
    world = World(max_cached_tokens=10)
    tokens = [world.token(jti=str(number)) for number in range(25)]
    for token in tokens:
        world.verifier.verify(token, NOW)

    assert 10 == len(world.verifier._cache)
    assert world.verifier._cache.find(tokens[14], NOW) is None
    assert world.verifier._cache.find(tokens[15], NOW)


def test_a_revocation_in_this_process_counts_at_once():
    """The person disconnects: the next call is refused."""
    world = World()
    token = world.token()
    world.verifier.verify(token, NOW)
    world.feed.add("authorization-1", NOW)

    assert "revoked" == reason_of(world, token)
    with pytest.raises(InvalidToken, match="revoked"):
        world.verifier.recall(token, NOW)


def test_a_revocation_elsewhere_counts_after_the_next_poll():
    """Architecture section 3: within the 2 s of the poll."""
    world = World()
    token = world.token()
    world.verifier.verify(token, NOW)
    world.revocations.revoke("authorization-1", NOW + SECOND)
    world.feed.poll(NOW + 2 * SECOND)

    with pytest.raises(InvalidToken, match="revoked"):
        world.verifier.recall(token, NOW + 2 * SECOND)


def test_with_a_stale_feed_each_token_is_asked_for():
    """No successful poll for 5 s: the database decides about each token."""
    world = World()
    token = world.token()
    late = NOW + 6 * SECOND

    assert world.verifier.recall(token, late) is None
    assert world.verifier.verify(token, late)
    assert ["authorization-1"] == world.revocations.asked_about
    world.revocations.revoke("authorization-1", late)
    with pytest.raises(InvalidToken, match="revoked"):
        world.verifier.verify(token, late)


def test_when_nobody_can_tell_no_token_is_accepted():
    """ASVS 16.5.3: no fail-open; neither a cached token nor a new one."""
    world = World()
    token = world.token()
    world.verifier.verify(token, NOW)
    world.revocations.reachable = False

    assert world.verifier.recall(token, NOW + 5 * SECOND)
    assert world.verifier.recall(token, NOW + 6 * SECOND) is None
    for presented in (token, world.token(jti="another")):
        with pytest.raises(Unavailable):
            world.verifier.verify(presented, NOW + 6 * SECOND)


def test_a_token_older_than_the_feed_reaches_is_asked_for():
    """A server restarted with a shorter lifetime must not forget what was revoked before."""
    world = World()
    world.revocations.revoke("authorization-1", NOW - timedelta(hours=5))
    long_lived = world.token(iat=ISSUED - 6 * 3600, exp=ISSUED + 3600)

    assert world.verifier.recall(long_lived, NOW) is None
    assert "revoked" == reason_of(world, long_lived)


def test_a_token_of_a_new_key_makes_the_keys_be_read_again():
    """A key that another process made is found at once."""
    world = World()
    newcomer = generate_key()
    world.keys.to_come.append(newcomer)
    token = world.token(key=newcomer)

    assert world.verifier.recall(token, NOW) is None
    assert world.verifier.verify(token, NOW)
    assert 1 == world.keys.reloads


def test_strangers_cannot_make_the_keys_be_read_all_the_time():
    """At most once a second, however many unknown keys are named."""
    world = World()
    for number in range(50):
        assert "unknown_key" == reason_of(world, world.token(key=generate_key(), jti=str(number)))

    assert 1 == world.keys.reloads
    with pytest.raises(InvalidToken, match="unknown_key"):
        world.verifier.recall(world.token(key=generate_key()), NOW)
    with pytest.raises(InvalidToken, match="unknown_key"):
        world.verifier.verify(world.token(key=generate_key()), NOW + SECOND)
    assert 2 == world.keys.reloads


def test_tokens_of_a_new_key_that_come_together_are_all_accepted():
    """Whoever waits for a reload under way finds what it brought."""
    world = World()
    newcomer = generate_key()
    world.keys.to_come.append(newcomer)
    tokens = [world.token(key=newcomer, jti=str(number)) for number in range(8)]
    barrier, accepted = Barrier(8), []

    def present(token: str) -> None:
        barrier.wait()
        accepted.append(world.verifier.verify(token, NOW))

    threads = [Thread(target=present, args=(token,)) for token in tokens]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert 8 == len(accepted)
    assert 1 == world.keys.reloads


def test_a_token_of_an_unknown_key_is_not_condemned_while_the_keys_are_out_of_reach():
    """401 would make a client forget a good token."""
    world = World()
    world.keys.reachable = False

    with pytest.raises(Unavailable):
        world.verifier.verify(world.token(key=generate_key()), NOW)


def test_an_api_key_is_accepted_and_remembered_for_less_than_five_seconds():
    """T12: every cache lives at most 5 s."""
    world = World()
    key = world.api_key()

    assert world.verifier.recall(key, NOW) is None
    assert ("user-1", None) == (
        (found := world.verifier.verify(key, NOW)).subject,
        found.client_id,
    )
    assert world.verifier.recall(key, NOW + 4 * SECOND)
    assert 1 == world.api_keys.look_ups
    del world.api_keys.live[key]
    world.feed.poll(NOW + 4 * SECOND)
    assert world.verifier.recall(key, NOW + 5 * SECOND) is None
    with pytest.raises(InvalidToken, match="api_key"):
        world.verifier.verify(key, NOW + 5 * SECOND)


def test_an_api_key_deleted_in_this_process_is_refused_at_once():
    """The same feed carries API keys."""
    world = World()
    key = world.api_key()
    world.verifier.verify(key, NOW)
    world.feed.add("key-1", NOW)

    with pytest.raises(InvalidToken, match="revoked"):
        world.verifier.recall(key, NOW)


def test_an_unknown_api_key_is_refused():
    """Nothing is accepted for its prefix."""
    assert "api_key" == reason_of(World(), "dwk_unknown")


def test_an_api_key_for_another_resource_is_refused():
    """API keys are for one resource as tokens are."""
    world = World()

    assert "audience" == reason_of(world, world.api_key(audience="https://other.example/http"))


def test_an_expired_api_key_is_refused():
    """Also when its source still finds it."""
    world = World()

    assert "expired" == reason_of(world, world.api_key(expires_at=NOW))


def test_an_api_key_that_cannot_be_looked_up_is_not_condemned():
    """503, never 200 and not 401."""
    world = World()
    key = world.api_key()
    world.api_keys.reachable = False

    with pytest.raises(Unavailable):
        world.verifier.verify(key, NOW)


def test_a_monstrous_token_is_refused_before_anything_else():
    """8 KiB at most, for API keys too."""
    assert "too_long" == reason_of(World(), "dwk_" + "x" * 9000)


def test_a_remembered_token_is_as_good_as_its_key():
    """A key taken back because it leaked takes its tokens with it, at once."""
    world = World()
    token = world.token()
    assert world.verifier.verify(token, NOW)
    world.keys.signing = generate_key()
    world.keys.public_keys = PublicKeys([world.keys.signing.public])

    assert reason_of(world, token)
