"""Accept the configured server secret in place of the one this database was used with."""

from datetime import datetime

from doorward.audit import AuditEvent, AuditTag, RequestContext
from doorward.jose.records import KeyState
from doorward.jose.rotation import is_sealed_with, rotate
from doorward.kit.keyring import Keyring
from doorward.kit.secrets import same
from doorward.operations.ports import ServerDatabase, Stores


def reset_server_secret(database: ServerDatabase, keyring: Keyring, *, now: datetime, context: RequestContext) -> bool:
    """Forget the former secrets and replace signing keys that only they could open.

    Access tokens stay valid to their end, since the public halves remain; refresh tokens and the ids of stateless
    clients made with a former secret are dead, so those clients connect again.

    False when one of the configured secrets is this database's and opens every signing key: nothing has changed.
    """
    configured = keyring.check_values()

    def unit(stores: Stores) -> bool:
        stores.signing_keys.lock()
        signing = [key for key in stores.signing_keys.list() if key.state is not KeyState.RETIRED]
        lost = [key for key in signing if not is_sealed_with(key, keyring)]
        recorded = stores.facts.key_checks()
        if not lost and any(same(value, known) for value in configured for known in recorded):
            return False
        stores.facts.set_key_checks(configured)
        if lost:
            rotate(stores, keyring, now)
        stores.audit.add(
            AuditEvent(tag=AuditTag.KEYS_RESET, at=now, context=context, detail={"signing_keys_replaced": len(lost)})
        )
        return True

    return database.write(unit)
