"""Check that the server secret is the one this database was used with."""

from datetime import datetime
from pathlib import Path

from doorward.kit.keyring import Keyring
from doorward.kit.secrets import same
from doorward.operations.ports import ServerDatabase, Stores


class ServerSecretMismatch(Exception):
    """None of the configured secrets was ever used with this database."""

    def __init__(self, secret_file: Path) -> None:
        super().__init__(
            "The server secret is not the one this database was used with: put back the former DOORWARD_SECRET_KEY or "
            f"the former {secret_file}, or accept the new one with `doorward keys reset`, after which every client has "
            "to connect again."
        )


def check_server_secret(database: ServerDatabase, keyring: Keyring, *, secret_file: Path, now: datetime) -> None:
    """Record the configured secrets on a new database; on a used one at least one must be known already.

    `secret_file` is where a secret is kept that no setting gives: the operator is told.

    Raises:
        ServerSecretMismatch: none is, and nothing was recorded.
    """
    del now  # every operation that writes takes it; these facts bear no date
    configured = keyring.check_values()

    def unit(stores: Stores) -> None:
        stores.signing_keys.lock()  # the lock of the first start: one process at a time sets the server up
        recorded = stores.facts.key_checks()
        strangers = tuple(value for value in configured if not any(same(value, known) for known in recorded))
        if recorded and len(strangers) == len(configured):
            raise ServerSecretMismatch(secret_file)
        if strangers:
            stores.facts.set_key_checks((*strangers, *recorded))

    database.write(unit)
