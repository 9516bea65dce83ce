"""An installation: the database, the keys and the clock that every command and every server works with."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from doorward.app.known_clients import build_known_clients
from doorward.identity.passwords import Passwords
from doorward.kit.clock import SystemClock
from doorward.kit.keyring import Keyring
from doorward.oauth.known_clients import KNOWN_CLIENTS, KnownClients
from doorward.operations.check_server_secret import check_server_secret
from doorward.server_secret import make_data_dir, secret_file, server_secrets
from doorward.settings import Settings
from doorward.storage import Database, open_database


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """What is there before a server runs."""

    settings: Settings
    database: Database
    keyring: Keyring
    passwords: Passwords
    clock: SystemClock
    known_clients: KnownClients = KNOWN_CLIENTS


@contextmanager
def open_installation(settings: Settings, *, check_secret: bool = True) -> Iterator[Installation]:
    """Open and migrate the database, read or make the server secret, and close everything at the end.

    Raises:
        SettingsError: the data directory, the secret file or the file of known clients cannot be used.
        ServerSecretMismatch: the database belongs to another secret, unless `check_secret` is off.
    """
    known_clients = build_known_clients(settings)
    make_data_dir(settings.data_dir)
    database = open_database(settings.effective_database_url.get_secret_value())
    try:
        if not database.is_current():
            database.upgrade()
        clock = SystemClock()
        clock.offset = database.clock_offset()
        is_new = not database.read(lambda stores: stores.facts.key_checks())
        keyring = Keyring(server_secrets(settings, is_new_database=is_new))
        if check_secret:
            check_server_secret(database, keyring, secret_file=secret_file(settings), now=clock.now())
        yield Installation(
            settings=settings,
            database=database,
            keyring=keyring,
            passwords=Passwords(),
            clock=clock,
            known_clients=known_clients,
        )
    finally:
        database.close()
