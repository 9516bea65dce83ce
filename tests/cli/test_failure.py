"""Failures: one sentence, no traceback, no value that might be secret."""

import sqlite3

import pytest
import typer

from doorward.cli.failure import CommandFailed, explain, report_failures


def test_a_bug_is_told_by_class_and_place(monkeypatch):
    monkeypatch.delenv("DOORWARD_LOG_LEVEL", raising=False)

    def broken() -> None:
        raise ZeroDivisionError("canary")

    with pytest.raises(ZeroDivisionError) as caught:
        broken()
    sentence = explain(caught.value)

    assert "ZeroDivisionError in test_failure.py, line" in sentence
    assert "canary" not in sentence


def test_a_bug_shows_itself_at_debug_level(monkeypatch):
    monkeypatch.setenv("DOORWARD_LOG_LEVEL", "debug")

    with pytest.raises(ZeroDivisionError):
        explain(ZeroDivisionError("shown"))


@pytest.fixture(autouse=True)
def _on_postgresql(monkeypatch):
    monkeypatch.setenv("DOORWARD_DATABASE_URL", "postgresql://db/x")


def test_a_statement_that_failed_does_not_show_its_values():
    """Driver errors hold bound parameters (S18)."""
    from sqlalchemy.exc import OperationalError

    error = OperationalError("UPDATE users SET x = ?", {"x": "canary"}, Exception("near canary"))

    assert "canary" not in explain(error)
    assert "DOORWARD_DATABASE_URL" in explain(error)


def test_a_connection_that_failed_says_why_without_its_password():
    import psycopg

    error = psycopg.OperationalError('connection to "postgresql://u:canary@db/x" failed: refused\n\tIs it running?')

    assert "canary" not in explain(error)
    assert explain(error).startswith("DOORWARD_DATABASE_URL leads to a database that cannot be used (connection to")
    assert explain(error).endswith(" failed: refused): start PostgreSQL there, or set it to another database.")


def test_the_setting_that_is_in_use_is_named(monkeypatch):
    """Unset, the database is in the data directory."""
    monkeypatch.delenv("DOORWARD_DATABASE_URL")
    sentence = explain(sqlite3.OperationalError("unable to open database file"))

    expected = (
        "DOORWARD_DATA_DIR leads to a database that cannot be used (unable to open database file): "
        "let this user read and write its file, or set it to another directory."
    )
    assert expected == sentence


def test_a_file_that_cannot_be_used_is_named():
    assert "Permission denied: /srv/data." == explain(PermissionError(13, "Permission denied", "/srv/data"))


def test_control_characters_of_a_message_are_not_printed(capsys):
    def broken() -> None:
        raise CommandFailed("a\x1b[2J\nb")

    with pytest.raises(typer.Exit) as caught:
        report_failures(broken)()

    assert 1 == caught.value.exit_code
    assert "Error: a\\x1b[2J\\nb\n" == capsys.readouterr().err


@pytest.mark.parametrize("error", [typer.Exit(3), typer.Abort(), typer.BadParameter("x")])
def test_what_is_not_a_failure_passes_through(error):
    def leaving() -> None:
        raise error

    with pytest.raises(type(error)):
        report_failures(leaving)()
