"""The signing keys: made once, rotated without a rejected token, known in every process within seconds."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from doorward.jose import jwt
from doorward.jose.keys import KeysNotLoaded, SigningKeys, rotate
from doorward.jose.records import KeyState, StoredKey
from doorward.jose.rotation import LEEWAY, is_sealed_with
from doorward.kit.keyring import Keyring, Unsealable
from doorward.operations.ports import ServerDatabase, Stores
from tests.builders import NOW

KEYRING = Keyring([b"a secret of this server, long enough"])
LIFETIME = timedelta(hours=1)
TYP = "at+jwt"


def a_process(database: ServerDatabase, *, keyring: Keyring = KEYRING) -> SigningKeys:
    """The keys as another process sees them."""
    return SigningKeys(database, keyring, retired_lifetime=LIFETIME)


def a_started_process(database: ServerDatabase, *, keyring: Keyring = KEYRING) -> SigningKeys:
    """The keys of a process that has started."""
    keys = a_process(database, keyring=keyring)
    keys.ensure(NOW)
    return keys


def stored(database: ServerDatabase) -> list[StoredKey]:
    """Every key in the database."""
    return list(database.read(lambda stores: stores.signing_keys.list()))


def states(database: ServerDatabase) -> list[str]:
    """Their states, in alphabetical order."""
    return sorted(key.state for key in stored(database))


def kid_of(database: ServerDatabase, state: KeyState) -> str:
    """The one key in that state."""
    (key,) = [key for key in stored(database) if key.state is state]
    return key.kid


def test_the_first_start_makes_an_active_and_a_next_key(database: ServerDatabase):
    """Architecture section 3: what is published next can be learned before it signs."""
    keys = a_started_process(database)

    assert ["active", "next"] == states(database)
    assert {key.kid for key in stored(database)} == set(keys.public_keys)
    assert {key["kid"] for key in keys.jwks()["keys"]} == set(keys.public_keys)


def test_a_token_says_which_key_signed_it(database: ServerDatabase):
    """RFC 7515 §4.1.4: `kid` names the active key."""
    keys = a_started_process(database)
    token = keys.sign({"sub": "someone"}, typ=TYP)

    assert {"sub": "someone"} == jwt.verify(token, keys.public_keys, typ=TYP)


def test_a_second_start_changes_nothing(database: ServerDatabase):
    """A restart must not end a single token."""
    before = a_started_process(database)
    after = a_started_process(database)

    assert before.version == after.version
    assert {"n": 1} == jwt.verify(before.sign({"n": 1}, typ=TYP), after.public_keys, typ=TYP)


def test_processes_that_start_at_once_make_one_set(database: ServerDatabase):
    """JWK-05: first keys are made under one lock."""
    with ThreadPoolExecutor(8) as pool:
        versions = set(pool.map(lambda _: a_started_process(database).version, range(8)))

    assert ["active", "next"] == states(database)
    assert 1 == len(versions)


def test_nothing_is_signed_before_the_keys_are_loaded(database: ServerDatabase):
    """A mistake of composition is loud."""
    with pytest.raises(KeysNotLoaded):
        a_process(database).sign({}, typ=TYP)


def test_rotation_moves_each_key_on(database: ServerDatabase):
    """Next becomes active, active becomes retired, a new next is made."""
    a_started_process(database)
    first, following = kid_of(database, KeyState.ACTIVE), kid_of(database, KeyState.NEXT)
    database.write(lambda stores: rotate(stores, KEYRING, NOW))

    assert ["active", "next", "retired"] == states(database)
    assert (first, following) == (kid_of(database, KeyState.RETIRED), kid_of(database, KeyState.ACTIVE))


def test_no_token_is_rejected_by_a_rotation_in_any_process(database: ServerDatabase):
    """R28: whoever has reloaded, and whoever has not, verify each other's tokens."""
    slow, quick = a_started_process(database), a_started_process(database)
    before = slow.sign({"n": 1}, typ=TYP)
    database.write(lambda stores: rotate(stores, KEYRING, NOW))
    quick.reload(NOW)
    tokens = [before, slow.sign({"n": 1}, typ=TYP), quick.sign({"n": 1}, typ=TYP)]

    for verifier in (slow, quick):
        assert [{"n": 1}] * 3 == [jwt.verify(token, verifier.public_keys, typ=TYP) for token in tokens]


def test_rotations_at_once_leave_one_key_in_each_place(database: ServerDatabase):
    """Two operators press the button: both take effect, one after the other."""
    a_started_process(database)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: database.write(lambda stores: rotate(stores, KEYRING, NOW)), range(4)))

    assert ["active", "next", *["retired"] * 4] == states(database)


def test_a_retired_key_is_kept_while_its_tokens_live_and_then_deleted(database: ServerDatabase):
    """Its last token lives for the access-token lifetime, and slow processes sign with it a little longer."""
    keys = a_started_process(database)
    token = keys.sign({"n": 1}, typ=TYP)
    database.write(lambda stores: rotate(stores, KEYRING, NOW))
    keys.ensure(NOW + LIFETIME + LEEWAY - timedelta(seconds=1))
    assert {"n": 1} == jwt.verify(token, keys.public_keys, typ=TYP)
    keys.ensure(NOW + LIFETIME + LEEWAY)

    assert ["active", "next"] == states(database)
    with pytest.raises(jwt.UnknownKey):
        jwt.verify(token, keys.public_keys, typ=TYP)


def test_the_version_changes_with_the_set_and_only_then(database: ServerDatabase):
    """Published documents are rebuilt by it."""
    keys = a_started_process(database)
    first = keys.version
    keys.reload(NOW)
    same = keys.version
    database.write(lambda stores: rotate(stores, KEYRING, NOW))
    keys.reload(NOW)

    assert (first, True) == (same, first != keys.version)


def test_private_keys_are_sealed_at_rest(database: ServerDatabase):
    """A stolen database signs nothing."""
    a_started_process(database)
    other = Keyring([b"another secret, also long enough..."])

    for key in stored(database):
        assert b'"d"' not in key.sealed_private_key
        assert "d" not in key.public_jwk
        assert is_sealed_with(key, KEYRING)
        assert not is_sealed_with(key, other)
    with pytest.raises(Unsealable):
        a_process(database, keyring=other).reload(NOW)


def test_a_sealed_key_cannot_pass_for_another(database: ServerDatabase):
    """The seal is bound to the `kid`."""
    a_started_process(database)
    first, second = stored(database)

    def swap(stores: Stores) -> None:
        stores.signing_keys.delete(first.kid)
        stores.signing_keys.add(
            StoredKey(
                kid=first.kid,
                algorithm=first.algorithm,
                state=first.state,
                public_jwk=first.public_jwk,
                sealed_private_key=second.sealed_private_key,
                created_at=first.created_at,
            )
        )

    database.write(swap)

    assert not all(is_sealed_with(key, KEYRING) for key in stored(database))


def test_keys_are_sealed_again_when_the_server_secret_moves_on(database: ServerDatabase):
    """T11: the older secret can be taken out of the list after a start with both."""
    keys = a_started_process(database)
    token = keys.sign({"n": 1}, typ=TYP)
    newer = b"the newer secret, quite long enough"
    a_started_process(database, keyring=Keyring([newer, b"a secret of this server, long enough"]))
    alone = a_started_process(database, keyring=Keyring([newer]))

    assert {"n": 1} == jwt.verify(token, alone.public_keys, typ=TYP)
    assert {"n": 1} == jwt.verify(alone.sign({"n": 1}, typ=TYP), keys.public_keys, typ=TYP)


def test_a_rotation_replaces_what_a_lost_secret_sealed(database: ServerDatabase):
    """`keys reset`: tokens of the old key live on, new ones are signed by a key that can be opened."""
    old = a_started_process(database)
    token = old.sign({"n": 1}, typ=TYP)
    keyring = Keyring([b"another secret, also long enough..."])
    database.write(lambda stores: rotate(stores, keyring, NOW))
    keys = a_started_process(database, keyring=keyring)

    assert ["active", "next", "retired"] == states(database)
    assert {"n": 1} == jwt.verify(token, keys.public_keys, typ=TYP)
    assert {"n": 1} == jwt.verify(keys.sign({"n": 1}, typ=TYP), keys.public_keys, typ=TYP)
