"""The life of the signing keys: made as next, signing as active, verifying as retired, then deleted."""

import json
from dataclasses import replace
from datetime import datetime, timedelta

from doorward.jose.jwk import PrivateKey, generate_key, import_private_key
from doorward.jose.ports import KeyStores, SigningKeyStore
from doorward.jose.records import KeyState, StoredKey
from doorward.kit.keyring import KEY_ID_BYTES, KeyLabel, Keyring, Unsealable

LEEWAY = timedelta(minutes=10)
"""Retired keys are kept longer than their last token lives: other processes go on signing for some seconds."""


def ensure_keys(stores: KeyStores, keyring: Keyring, now: datetime, *, retired_lifetime: timedelta) -> None:
    """Make the first keys, under the lock that lets one process alone do it; drop what nothing verifies with any more.

    Private halves sealed under an older server secret are sealed again under the newest.
    """
    store = stores.signing_keys
    store.lock()
    by_state = {key.state: key for key in store.list()}
    for state in (KeyState.ACTIVE, KeyState.NEXT):
        if (key := by_state.get(state)) is None:
            _add_new(store, keyring, state, now)
        else:
            _seal_again(store, keyring, key)
    _delete_over(store, now, retired_lifetime)


def rotate(stores: KeyStores, keyring: Keyring, now: datetime) -> None:
    """Move on: active becomes retired, next becomes active, and a new next is published.

    A next key whose private half cannot be unsealed never signed anything and is replaced. Retired keys that nothing
    verifies with any more are deleted by `ensure_keys`, which knows how long tokens live.
    """
    store = stores.signing_keys
    store.lock()
    by_state = {key.state: key for key in store.list()}
    if active := by_state.get(KeyState.ACTIVE):
        store.set_state(active.kid, KeyState.RETIRED, retired_at=now)
    following = by_state.get(KeyState.NEXT)
    if following is not None and is_sealed_with(following, keyring):
        store.set_state(following.kid, KeyState.ACTIVE)
    else:
        if following is not None:
            store.delete(following.kid)
        _add_new(store, keyring, KeyState.ACTIVE, now)
    _add_new(store, keyring, KeyState.NEXT, now)


def unseal(key: StoredKey, keyring: Keyring) -> PrivateKey:
    """Return the key ready to sign.

    Raises:
        Unsealable: the server secret it was sealed under is gone.
    """
    plaintext = keyring.unseal(KeyLabel.SIGNING_KEY, key.sealed_private_key, context=key.kid.encode())
    return import_private_key(json.loads(plaintext), kid=key.kid)


def is_sealed_with(key: StoredKey, keyring: Keyring) -> bool:
    """Whether this keyring can unseal the key."""
    try:
        _ = unseal(key, keyring)
    except Unsealable:
        return False
    return True


def _add_new(store: SigningKeyStore, keyring: Keyring, state: KeyState, now: datetime) -> None:
    key = generate_key()
    store.add(
        StoredKey(
            kid=key.kid,
            algorithm=key.algorithm,
            state=state,
            public_jwk=key.public.jwk,
            sealed_private_key=_seal(keyring, key),
            created_at=now,
        )
    )


def _seal(keyring: Keyring, key: PrivateKey) -> bytes:
    plaintext = json.dumps(key.private_jwk(), separators=(",", ":")).encode()
    return keyring.seal(KeyLabel.SIGNING_KEY, plaintext, context=key.kid.encode())


def _seal_again(store: SigningKeyStore, keyring: Keyring, key: StoredKey) -> None:
    if key.sealed_private_key[:KEY_ID_BYTES] == keyring.newest(KeyLabel.SIGNING_KEY).id:
        return
    sealed = _seal(keyring, unseal(key, keyring))
    store.delete(key.kid)
    store.add(replace(key, sealed_private_key=sealed))


def _delete_over(store: SigningKeyStore, now: datetime, retired_lifetime: timedelta) -> None:
    for key in store.list():
        if key.state is KeyState.RETIRED and key.retired_at and key.retired_at + retired_lifetime + LEEWAY <= now:
            store.delete(key.kid)
