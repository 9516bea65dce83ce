"""Counts how often a server goes to its database."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest

from doorward.app import Installation
from doorward.storage.postgres_line import PostgresLine

PERIODS = ("REVOCATION_POLL_SECONDS", "KEY_RELOAD_SECONDS", "RESOURCE_RELOAD_SECONDS", "CLOCK_SECONDS", "TIDY_SECONDS")


@contextmanager
def without_jobs() -> Iterator[None]:
    """Servers composed meanwhile run no job, so that only requests reach the database."""
    with pytest.MonkeyPatch.context() as patch:
        for name in PERIODS:
            patch.setattr(f"doorward.app.web_app.{name}", 10_000)
        yield


@contextmanager
def round_trips(installation: Installation) -> Iterator[list[str]]:
    """What goes to the database meanwhile: each statement on PostgreSQL's wire, each unit of work on SQLite."""
    trips: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        if installation.database.dialect == "postgresql":
            _count(patch, psycopg.Cursor, "execute", trips)
            _count(patch, psycopg.Cursor, "executemany", trips)
            _count(patch, PostgresLine, "fetch", trips)
        else:
            _count(patch, installation.database, "read", trips)
            _count(patch, installation.database, "write", trips)
            for verb in ("redeem_code", "rotate_refresh_token", "present", "use_assertion"):
                _count(patch, installation.database.token_path, verb, trips)
            for verb in ("issue_remembered", "issue"):
                _count(patch, installation.database.code_path, verb, trips)
        yield trips


def _count(patch: pytest.MonkeyPatch, owner: object, name: str, trips: list[str]) -> None:
    original = getattr(owner, name)

    def counted(*args: object, **kwargs: object) -> object:
        text = next((arg for arg in args if isinstance(arg, str | bytes)), name)
        if not _goes_with_the_one_before(args[0]):
            trips.append(text if isinstance(text, str) else text.decode())
        return original(*args, **kwargs)

    patch.setattr(owner, name, counted)


def _goes_with_the_one_before(sender: object) -> bool:
    """Whether a statement waits in a pipeline behind another one, and travels with it."""
    if not isinstance(sender, psycopg.Cursor):
        return False
    pipeline = sender.connection._pipeline  # pyright: ignore[reportPrivateUsage]
    return pipeline is not None and bool(pipeline.command_queue or pipeline.result_queue)
