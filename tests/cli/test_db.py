"""`doorward db upgrade` and `db restored`."""

import json

import pytest

A_SECRET = "a secret for the tests of commands"


def test_an_upgrade_makes_the_database_and_then_has_nothing_to_do(cli):
    assert "Upgraded the database.\n" == cli.succeed("db", "upgrade")
    assert "The database is up to date.\n" == cli.succeed("db", "upgrade")


def test_an_upgrade_needs_no_secret(cli):
    """It only changes the schema, so that it can run where the secret is not."""
    assert "Upgraded" in cli.succeed("db", "upgrade", secret_key="")


def test_a_restore_is_recorded(cli):
    printed = cli.succeed("db", "restored", "--backup-time", "2026-01-15T12:00:00+02:00")

    assert "0 connections made before 2026-01-15 10:00:00Z may jump ahead once." in printed
    (event,) = json.loads(cli.succeed("audit", "tail", "--json"))
    assert "database.restored" == event["event"]


@pytest.mark.parametrize(
    "text", ["yesterday", "2026-01-15T12:00:00", "2026-13-01T00:00:00Z", "", "9999-01-01T00:00:00Z"]
)
def test_a_wrong_time_is_a_usage_error(cli, text):
    """A time without its zone is nobody's time (T5)."""
    assert "--backup-time" in cli.fail("db", "restored", "--backup-time", text, exit_code=2)


def test_an_unreachable_database_is_one_sentence_without_its_password(offline):
    complaint = offline.fail(
        "users",
        "list",
        database_url="postgresql://doorward:canary@127.0.0.1:1/doorward?connect_timeout=2",
        secret_key=A_SECRET,
    )

    assert complaint.startswith("Error: DOORWARD_DATABASE_URL leads to a database that cannot be used (connection")
    assert complaint.endswith("Connection refused): start PostgreSQL there, or set it to another database.\n")
    assert "DOORWARD_DATA_DIR" not in complaint
    assert "canary" not in complaint


def test_tables_of_another_program_are_one_sentence_with_the_mend(postgres_cli):
    import psycopg

    with psycopg.connect(postgres_cli.environ["DOORWARD_DATABASE_URL"]) as connection:
        connection.execute("CREATE SCHEMA mcp").connection.execute("CREATE TABLE mcp.users (name text)")

    expected = (
        "Error: DOORWARD_DATABASE_URL leads to a database that cannot be used: its schema mcp has tables that are not "
        "Doorward's (users): move that to another schema, or use another database.\n"
    )
    assert expected == postgres_cli.fail("users", "list")


def test_a_database_url_that_cannot_be_read_is_one_sentence(offline):
    complaint = offline.fail("db", "upgrade", database_url="postgresql://[canary", secret_key=A_SECRET)

    assert "canary" not in complaint.replace("DOORWARD_", "")


def test_a_file_that_is_no_database_is_one_sentence(offline, tmp_path):
    path = tmp_path / "notes.db"
    _ = path.write_text("These are notes, and no database. " * 100)

    complaint = offline.fail("users", "list", database_url=f"sqlite:///{path}")

    assert "DOORWARD_DATABASE_URL" in complaint


def test_a_directory_that_is_not_there_is_one_sentence(offline, tmp_path):
    complaint = offline.fail("users", "list", database_url=f"sqlite:///{tmp_path}/nowhere/doorward.db")

    assert complaint.startswith("Error: DOORWARD_DATABASE_URL leads to a database that cannot be used: ")
    assert "nowhere/doorward.db cannot be made (No such file or directory): make its directory" in complaint


def test_a_data_directory_that_cannot_be_made_is_one_sentence(offline, tmp_path):
    _ = (tmp_path / "data").write_text("in the way")

    assert "DOORWARD_DATA_DIR" in offline.fail("users", "list")
