"""The known clients of an installation: those that Doorward brings, and what the operator's own file says."""

from doorward.oauth.known_clients import KNOWN_CLIENTS, MAX_BYTES, KnownClients, KnownClientsError, read_known_clients
from doorward.settings import Settings, SettingsError
from doorward.settings.model import variable


def build_known_clients(settings: Settings) -> KnownClients:
    """Read the operator's file over the one that Doorward brings.

    Raises:
        SettingsError: the file cannot be read or is wrong.
    """
    path = settings.known_clients_file
    if path is None:
        return KNOWN_CLIENTS
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise _unusable(error.strerror or "it cannot be read") from None
    if len(raw) > MAX_BYTES:
        raise _unusable(f"it is larger than {MAX_BYTES // 1024} KiB")
    try:
        return read_known_clients(raw.decode("utf-8"), over=KNOWN_CLIENTS)
    except UnicodeDecodeError:
        raise _unusable("it is not UTF-8") from None
    except KnownClientsError as error:
        raise _unusable(str(error)) from None


def _unusable(clause: str) -> SettingsError:
    return SettingsError(
        f"{variable('known_clients_file')} leads to a file that cannot be used: {clause.rstrip('.')}; "
        "correct it or unset the variable."
    )
