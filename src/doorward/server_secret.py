"""The server secret: given by a setting, or a file made once in the data directory (T11)."""

import os
import secrets
import stat
from pathlib import Path

from doorward.settings import Settings, SettingsError
from doorward.settings.values import MIN_SECRET_LENGTH, split_secrets

SECRET_FILE = "secret_key"
_MAX_BYTES = 65_536


def secret_file(settings: Settings) -> Path:
    """Where the secret is kept when the setting is unset."""
    return settings.data_dir / SECRET_FILE


def server_secrets(settings: Settings, *, is_new_database: bool = False) -> tuple[bytes, ...]:
    """The secrets all server keys derive from, the newest first.

    Unset, they come from the file, one a line; it is made when it is missing and may be: always on SQLite, and for a
    PostgreSQL database that no secret was used with yet. Another node then needs a copy of it.

    Raises:
        SettingsError: the file cannot be made, read or trusted, or PostgreSQL has neither setting nor file.
    """
    if settings.secret_key is not None:
        return tuple(_as_bytes(item) for item in split_secrets(settings.secret_key.get_secret_value()))
    path = secret_file(settings)
    found = _read(path)
    if found is None and settings.uses_postgresql and not is_new_database:
        raise SettingsError(
            f"DOORWARD_SECRET_KEY must be set to the secret of this PostgreSQL database, because there is no {path}: "
            "set it, or copy that file from the node that made it."
        )
    if found is None:
        make_data_dir(settings.data_dir)
        _make(path)
        found = _read(path)
    if found is None:
        raise SettingsError(f"DOORWARD_DATA_DIR lost {path} while it was being made: start again.")
    return found


def make_data_dir(path: Path) -> None:
    """Make the data directory, for its owner only, unless it is there.

    Raises:
        SettingsError: that is not possible.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise SettingsError(_complaint(path, "cannot be made", error)) from None


def _read(path: Path) -> tuple[bytes, ...] | None:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise SettingsError(_complaint(path, "cannot be read", error)) from None
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise SettingsError(f"DOORWARD_DATA_DIR holds {path}, which must be a plain file: remove it.")
        if status.st_mode & 0o077:
            raise SettingsError(
                f"DOORWARD_DATA_DIR holds {path}, which others than its owner can read: run `chmod 600 {path}`."
            )
        items = tuple(line.strip() for line in os.read(descriptor, _MAX_BYTES).splitlines() if line.strip())
    finally:
        os.close(descriptor)
    if not items or any(len(item) < MIN_SECRET_LENGTH for item in items):
        raise SettingsError(
            f"DOORWARD_DATA_DIR holds {path}, in which each line must have at least {MIN_SECRET_LENGTH} characters: "
            "restore it from a backup, or remove it and run `doorward keys reset`."
        )
    return items


def _make(path: Path) -> None:
    """Make the file whole or not at all; when several processes try, one wins and all use its file."""
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(secrets.token_hex(32).encode("ascii") + b"\n")
                file.flush()
                os.fsync(descriptor)
            os.link(draft, path)
        finally:
            draft.unlink()
        _sync_directory(path.parent)
    except FileExistsError:
        return
    except OSError as error:
        raise SettingsError(_complaint(path, "cannot be made", error)) from None


def _sync_directory(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _complaint(path: Path, what: str, error: OSError) -> str:
    return (
        f"DOORWARD_DATA_DIR is no use because {path} {what} ({error.strerror}): "
        "set it to a directory this user owns and can write to."
    )


def _as_bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")
