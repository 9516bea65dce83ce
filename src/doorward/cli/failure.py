"""Failures a person can do something about: one sentence on standard error, never a traceback."""

import functools
import os
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn, ParamSpec, TypeVar

import typer
from typer.exceptions import TyperException

P = ParamSpec("P")
T = TypeVar("T")

_STORAGE_ERRORS = {"doorward.storage.errors.StorageError"}
_DRIVER_ERRORS = {"sqlalchemy.exc.SQLAlchemyError", "sqlite3.Error", "psycopg.Error"}


class CommandFailed(Exception):
    """The command could not do what was asked; the message is one sentence for people."""


def report_failures(run: Callable[P, T]) -> Callable[P, T]:
    """Turn the exceptions of a command into a sentence and exit code 1."""

    @functools.wraps(run)
    def reporting(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return run(*args, **kwargs)
        except (TyperException, typer.Exit, typer.Abort, BrokenPipeError):
            raise
        except Exception as error:  # noqa: BLE001 - the edge of the program
            fail(explain(error))

    return reporting


def fail(sentence: str) -> NoReturn:
    """Print the sentence on standard error and leave with exit code 1."""
    from doorward.logs import printable

    typer.echo(f"Error: {printable(sentence)}", err=True)
    raise typer.Exit(1)


def explain(error: Exception) -> str:
    """Say what went wrong and what helps, without any value that might be secret."""
    from doorward.identity.email import InvalidEmail
    from doorward.identity.passwords import WeakPassword
    from doorward.identity.ports import EmailTaken
    from doorward.kit.unit_of_work import DatabaseUnavailable
    from doorward.oauth.errors import OAuthError
    from doorward.operations.check_server_secret import ServerSecretMismatch
    from doorward.settings import SettingsError

    match error:
        case CommandFailed() | SettingsError() | InvalidEmail() | WeakPassword() | ServerSecretMismatch():
            return str(error)
        case EmailTaken():
            return "There is an account with this e-mail address already."
        case OAuthError():
            return f"{error.description[:1].upper()}{error.description[1:]}."
        case DatabaseUnavailable():
            return _explain_driver_error(error.__cause__ or error)
        case _ if _is_any(error, _STORAGE_ERRORS):
            return f"{_database()[0]} leads to a database that cannot be used: {error}."
        case _ if _is_any(error, _DRIVER_ERRORS):
            return _explain_driver_error(error)
        case OSError():
            return f"{error.strerror or type(error).__name__}: {error.filename or 'input or output'}."
        case _:
            return _unexpected(error)


def _is_any(error: BaseException, names: set[str]) -> bool:
    """Compare by name, so that explaining a wrong setting does not load the database's libraries."""
    return any(f"{kind.__module__}.{kind.__qualname__}" in names for kind in type(error).__mro__)


def _explain_driver_error(error: BaseException) -> str:
    """Repeat what the driver said only when it spoke of the connection: elsewhere its text may hold values (S18)."""
    from doorward.logs import redact_text

    cause: object = getattr(error, "orig", None) or error
    if getattr(error, "statement", None) is not None:
        said = str(getattr(cause, "sqlite_errorname", type(cause).__name__))
    else:
        said = redact_text((str(cause).strip().splitlines() or [type(cause).__name__])[0])[:300].strip(" .")
    name, mend = _database()
    return f"{name} leads to a database that cannot be used ({said}): {mend}."


def _database() -> tuple[str, str]:
    """The setting that says which database is in use, and what helps when it does not answer."""
    from doorward.settings import load_settings

    settings = load_settings()
    mend = "start PostgreSQL there" if settings.uses_postgresql else "let this user read and write its file"
    if settings.database_url is None:
        return "DOORWARD_DATA_DIR", f"{mend}, or set it to another directory"
    return "DOORWARD_DATABASE_URL", f"{mend}, or set it to another database"


def _unexpected(error: Exception) -> str:
    if os.environ.get("DOORWARD_LOG_LEVEL") == "debug":
        raise error
    frames = traceback.extract_tb(error.__traceback__)
    where = f"{Path(frames[-1].filename).name}, line {frames[-1].lineno}" if frames else "an unknown place"
    return f"Something unexpected happened ({type(error).__name__} in {where}); DOORWARD_LOG_LEVEL=debug shows more."
