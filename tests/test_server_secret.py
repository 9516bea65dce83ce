"""The server secret: from the setting, or from a file that is made once and never trusted when others can read it."""

import os
import stat
import threading
from pathlib import Path

import pytest

from doorward.server_secret import make_data_dir, secret_file, server_secrets
from doorward.settings import Settings, SettingsError

A_SECRET = "correct horse battery staple, newest"
ANOTHER = "0123456789abcdef0123456789abcdef"


def settings_in(directory: Path, **given: str) -> Settings:
    return Settings.model_validate({"data_dir": directory / "data", **given})


def test_the_setting_wins_and_lists_the_newest_first(tmp_path):
    """T11: a comma list, newest first."""
    settings = settings_in(tmp_path, secret_key=f"{ANOTHER}, {ANOTHER[::-1]}")

    assert (ANOTHER.encode(), ANOTHER[::-1].encode()) == server_secrets(settings)
    assert not (tmp_path / "data").exists()


def test_the_file_is_made_once_for_its_owner_only(tmp_path):
    """T11: a 0600 file, and every later start reads it."""
    settings = settings_in(tmp_path)

    first, second = server_secrets(settings), server_secrets(settings)

    assert first == second
    assert len(first[0]) >= 32
    assert 0o600 == stat.S_IMODE(secret_file(settings).stat().st_mode)
    assert 0o700 == stat.S_IMODE(settings.data_dir.stat().st_mode)
    assert [secret_file(settings)] == list(settings.data_dir.iterdir())


def test_two_installations_have_different_secrets(tmp_path):
    assert server_secrets(settings_in(tmp_path / "a")) != server_secrets(settings_in(tmp_path / "b"))


def test_racing_first_starts_agree_on_one_secret(tmp_path):
    """Several processes may start at once on one data directory (T12)."""
    settings, found, together = settings_in(tmp_path), [], threading.Barrier(8)

    def start() -> None:
        _ = together.wait()
        found.append(server_secrets(settings))

    threads = [threading.Thread(target=start) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert 8 == len(found)
    assert 1 == len(set(found))


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644])
def test_a_file_that_others_can_read_is_refused(tmp_path, mode):
    settings = settings_in(tmp_path)
    _ = server_secrets(settings)
    secret_file(settings).chmod(mode)

    with pytest.raises(SettingsError, match=r"^DOORWARD_DATA_DIR holds .*: run `chmod 600 .*`\.$"):
        server_secrets(settings)


@pytest.mark.parametrize("content", [b"", b"\n", b"short\n", ANOTHER.encode() + b"\nshort\n"])
def test_a_damaged_file_is_refused_and_left_alone(tmp_path, content):
    settings = settings_in(tmp_path)
    _ = server_secrets(settings)
    _ = secret_file(settings).write_bytes(content)

    with pytest.raises(SettingsError, match="doorward keys reset"):
        server_secrets(settings)

    assert content == secret_file(settings).read_bytes()


def test_the_file_may_list_several_secrets_the_newest_first(tmp_path):
    settings = settings_in(tmp_path)
    _ = server_secrets(settings)
    _ = secret_file(settings).write_text(f"{A_SECRET}\n\n{ANOTHER}\n")

    assert (A_SECRET.encode(), ANOTHER.encode()) == server_secrets(settings)


def test_a_link_or_a_directory_in_place_of_the_file_is_refused(tmp_path):
    settings = settings_in(tmp_path)
    make_data_dir(settings.data_dir)
    secret_file(settings).symlink_to(tmp_path / "elsewhere")

    with pytest.raises(SettingsError, match="cannot be read"):
        server_secrets(settings)

    secret_file(settings).unlink()
    secret_file(settings).mkdir()
    with pytest.raises(SettingsError, match="plain file"):
        server_secrets(settings)


def test_a_pipe_in_place_of_the_file_is_refused_without_waiting(tmp_path):
    settings = settings_in(tmp_path)
    make_data_dir(settings.data_dir)
    os.mkfifo(secret_file(settings), 0o600)

    with pytest.raises(SettingsError, match="plain file"):
        server_secrets(settings)


def test_a_data_directory_that_cannot_be_made_is_named(tmp_path):
    _ = (tmp_path / "data").write_text("in the way")

    with pytest.raises(SettingsError, match=r"^DOORWARD_DATA_DIR is no use because .* cannot be .*\.$"):
        server_secrets(settings_in(tmp_path))


def test_a_used_postgresql_database_needs_the_setting_or_a_file(tmp_path):
    """T11: a further node must not make a secret of its own."""
    settings = settings_in(tmp_path, database_url="postgresql:///doorward")

    with pytest.raises(SettingsError, match=r"^DOORWARD_SECRET_KEY must be set .*\.$"):
        server_secrets(settings)
    assert not secret_file(settings).exists()

    made = server_secrets(settings_in(tmp_path))
    assert made == server_secrets(settings)


def test_a_new_postgresql_database_lets_the_first_node_make_the_file(tmp_path):
    settings = settings_in(tmp_path, database_url="postgresql:///doorward")

    made = server_secrets(settings, is_new_database=True)

    assert made == server_secrets(settings)


def test_no_complaint_tells_the_secret(tmp_path):
    settings = settings_in(tmp_path)
    _ = server_secrets(settings)
    _ = secret_file(settings).write_text("canary-but-short")

    with pytest.raises(SettingsError) as caught:
        server_secrets(settings)

    assert "canary" not in str(caught.value)
