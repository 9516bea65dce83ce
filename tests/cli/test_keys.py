"""`doorward keys rotate` and `keys reset`."""

import json

from doorward.server_secret import SECRET_FILE

A_SECRET = "the former secret of this server 1"
ANOTHER = "the present secret of this server 2"


def tags(cli, **environ: str) -> list[str]:
    return [event["event"] for event in json.loads(cli.succeed("audit", "tail", "--json", **environ))]


def test_rotation_works_before_the_first_serve_and_after(cli):
    for _ in range(2):
        assert "Rotated the signing keys" in cli.succeed("keys", "rotate", secret_key=A_SECRET)

    assert ["keys.rotated"] * 2 == tags(cli, secret_key=A_SECRET)


def test_another_secret_stops_every_command_until_it_is_accepted(cli):
    """T11: a mismatch stops the start and names `doorward keys reset`."""
    _ = cli.succeed("keys", "rotate", secret_key=A_SECRET)

    complaint = cli.fail("users", "list", secret_key=ANOTHER)

    assert "doorward keys reset" in complaint
    assert ANOTHER not in complaint
    assert "Accepted" in cli.succeed("keys", "reset", "--yes", secret_key=ANOTHER)
    assert ["keys.rotated", "keys.reset"] == tags(cli, secret_key=ANOTHER)
    assert "doorward keys reset" in cli.fail("users", "list", secret_key=A_SECRET)


def test_a_reset_without_a_terminal_needs_a_yes(cli):
    """A script cannot end every connection by accident."""
    _ = cli.succeed("keys", "rotate", secret_key=A_SECRET)

    assert "--yes" in cli.fail("keys", "reset", secret_key=ANOTHER)
    assert ["keys.rotated"] == tags(cli, secret_key=A_SECRET)


def test_a_reset_with_the_secret_of_the_database_does_nothing(cli):
    _ = cli.succeed("keys", "rotate", secret_key=A_SECRET)

    printed = cli.succeed("keys", "reset", "--yes", secret_key=A_SECRET)

    assert "The server secret is the one of this database; nothing was done.\n" == printed
    assert ["keys.rotated"] == tags(cli, secret_key=A_SECRET)


def test_a_list_of_secrets_moves_from_one_to_the_next(cli):
    """The newest first; then the former may go."""
    _ = cli.succeed("keys", "rotate", secret_key=A_SECRET)
    _ = cli.succeed("users", "list", secret_key=f"{ANOTHER},{A_SECRET}")

    assert "EMAIL" in cli.succeed("users", "list", secret_key=ANOTHER)


def test_a_lost_secret_file_is_named(sqlite_cli, tmp_path):
    """A new file is another secret than the one the database was used with (T11)."""
    _ = sqlite_cli.succeed("keys", "rotate")
    (tmp_path / "data" / SECRET_FILE).unlink()

    complaint = sqlite_cli.fail("users", "list")

    assert str(tmp_path / "data" / SECRET_FILE) in complaint
    assert "doorward keys reset" in complaint


def test_a_secret_file_that_others_can_read_stops_the_command(sqlite_cli, tmp_path):
    _ = sqlite_cli.succeed("keys", "rotate")
    (tmp_path / "data" / SECRET_FILE).chmod(0o644)

    assert "chmod 600" in sqlite_cli.fail("users", "list")
